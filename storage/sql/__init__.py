"""The database: tables, schema versions, transactions, and what is left in its files."""
