"""What the pipeline makes: Dagster assets, their checks, partitions and resources."""
