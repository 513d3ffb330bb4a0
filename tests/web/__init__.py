from bot.web.gradio_patches.patches import patch_gradio

patch_gradio()  # before any of these tests imports Gradio, as `serve` does
