"""What is changed in Gradio, and why."""
