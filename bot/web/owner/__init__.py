"""The owner's page: its password and its figures."""
