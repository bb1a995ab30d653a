"""Where data comes from: each source delivers landing partitions that follow the raw contract."""
