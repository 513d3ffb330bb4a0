"""Finding the items, people and values that a message names."""
