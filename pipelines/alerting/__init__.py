"""Alerts: what an operator is to know of, and how it is posted."""
