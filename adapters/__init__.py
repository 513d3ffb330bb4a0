"""The causal language model: finding, loading, running, adapting and training it."""
