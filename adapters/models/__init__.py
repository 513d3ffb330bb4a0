"""Models as files: found, fetched, converted, loaded, adapted by LoRA."""
