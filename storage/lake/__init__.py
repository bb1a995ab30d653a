"""The lake: accepted and quarantined rows as Parquet, and taking somebody out of them."""
