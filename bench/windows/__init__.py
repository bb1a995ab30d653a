"""Exact distinct users in sliding windows: a benchmark that stands on its own. See docs/benchmark-windows.md."""
