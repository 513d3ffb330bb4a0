"""Hard limits in a message: years, lengths, numbers, how many."""
