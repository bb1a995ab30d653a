"""The same marts made by other means: Polars, pandas, dbt microbatch, SQLMesh."""
