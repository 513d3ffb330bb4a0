"""What the ranking knows of items: vectors, keys, how likely each is to be spoken of."""
