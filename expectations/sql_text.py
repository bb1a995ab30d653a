"""A text as SQL, for where a statement takes no parameters, or a parameter would have DuckDB import pandas."""

from pathlib import Path


def sql_text(text: str | Path) -> str:
    """The text, or the path, as a SQL literal, quotes included."""
    return "'" + str(text).replace("'", "''") + "'"
