"""Training LoRA on a model's upper layers."""
