"""What is other in Gradio here than in Gradio, and why; `patches.PATCHES` lists it all.

Importing any of it changes nothing: whoever serves the page calls `patches.patch_gradio` first.
"""
