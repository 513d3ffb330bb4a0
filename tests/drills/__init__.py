from bot.web.gradio_patches.patches import patch_gradio

patch_gradio()  # before any of the drills imports Gradio, as `serve` does
