"""Lineage: each run as OpenLineage events, for whoever draws a map of data across systems."""
