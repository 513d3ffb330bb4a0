"""Numbered steps from one database schema to the next."""
