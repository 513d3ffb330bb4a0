"""The owner's side: its password, its page, its figures."""
