"""Readers of landing files: the bytes once, every value as text, nothing sniffed."""
