"""Checking what a start needs on this machine, and clearing up leftovers."""
