"""Accounts, passwords, invitations and known browsers."""
