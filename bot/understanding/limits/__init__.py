"""Hard limits that a message sets or lifts: years, lengths, numbers, how many."""
