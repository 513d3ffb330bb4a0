"""Decoders: tokens in, hidden states out, in eight bits or single precision."""
