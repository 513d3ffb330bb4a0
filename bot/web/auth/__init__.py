"""Sign-in, cookies, and what belongs to whom."""
