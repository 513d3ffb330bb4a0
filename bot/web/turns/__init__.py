"""The line that turns wait in, and their time limits."""
