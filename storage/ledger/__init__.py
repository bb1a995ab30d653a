"""The ledger: what is known of every partition and as-of day, in one SQLite file."""
