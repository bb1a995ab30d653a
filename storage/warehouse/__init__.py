"""The warehouse: the DuckDB file that dbt builds in, and what its tables are asked."""
