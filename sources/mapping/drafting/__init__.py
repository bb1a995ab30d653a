"""A first mapping, drafted from files: what their columns may be, and how their values are written."""
