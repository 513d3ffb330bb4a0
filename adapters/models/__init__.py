"""Finding, fetching, converting and loading models, and attaching LoRA."""
