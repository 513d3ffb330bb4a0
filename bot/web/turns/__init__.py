"""Whose turn is computed when, and for how long."""
