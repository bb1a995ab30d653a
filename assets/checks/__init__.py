"""Checks of lake partitions: contract, anomalies, rows that arrived, control totals; and how Dagster shows them."""
