"""Ranking the whole catalogue: named additive terms, their fusion, and diversity."""
