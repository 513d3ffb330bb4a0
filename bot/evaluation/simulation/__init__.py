"""Sessions with simulated people, through the same entry point as the chat."""
