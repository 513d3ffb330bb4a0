"""Text in; hidden states, likelihoods, replies and titles out."""
