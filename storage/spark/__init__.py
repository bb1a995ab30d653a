"""Spark: the session of this process, and what it is told of the lake."""
