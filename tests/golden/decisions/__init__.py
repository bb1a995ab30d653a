"""Decisions worked out by hand: each rule and each of its edges, with the arithmetic beside the figures."""

from . import actions, agreements, changes, forecasts, outcomes, overview, resizing, retention, skill, terms, worklist
from .book import CASES, DAY, Book, book_of, delivered

__all__ = ["CASES", "DAY", "Book", "book_of", "delivered"]

MODULES = (actions, agreements, changes, forecasts, outcomes, overview, resizing, retention, skill, terms, worklist)
