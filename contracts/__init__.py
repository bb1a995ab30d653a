"""Readers of what is declared, and their renderings: documentation, data contracts, comments."""
