"""The publication in PostgreSQL: permanent tables, replaced day by day, of which each role sees its own rows."""
