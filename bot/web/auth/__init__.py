"""Who somebody is, and what is theirs."""
