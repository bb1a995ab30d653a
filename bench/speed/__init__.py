"""How fast the pipeline is against plain DuckDB doing the same work: `python -m bench.speed --help`."""
