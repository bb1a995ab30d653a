"""Imported first in each process of ours, before the libraries that it defers."""

from pipelines.lazy_imports import defer_imports

defer_imports()
