"""Checks on every request: names, origins, sizes, shares, files."""
