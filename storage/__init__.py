"""Where data is kept: lake, ledger, warehouse, publication and PostgreSQL, each whole whenever a process dies."""
