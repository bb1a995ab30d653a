"""Ingesting landing partitions: whether to read one, reading it, and what came of it."""
