"""Exports as people have them, made landing partitions by a declared mapping."""
