"""The terms of a score, one file each."""
