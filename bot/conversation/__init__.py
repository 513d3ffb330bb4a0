"""The one way through a turn, and what the edges may ask for."""
