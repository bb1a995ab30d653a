"""A landing folder looked at before anything of it is loaded."""
