"""Backups of a home folder: what goes into one, how it is written whole or not at all, and how it is put back."""
