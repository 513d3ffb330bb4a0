"""Learning a ranker: examples, the weights of the terms, item vectors, LoRA and its head."""
