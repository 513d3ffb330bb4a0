"""Scores for the whole catalogue: named terms that add up, their weights, and diversity."""
