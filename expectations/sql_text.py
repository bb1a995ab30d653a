"""A text as SQL, for where a statement takes no parameters, or a parameter would have DuckDB import pandas."""

import re
from pathlib import Path

_PATTERN = re.compile(r"[*?\[]")


def sql_text(text: str | Path) -> str:
    """The text, or the path, as a SQL literal, quotes included."""
    return "'" + str(text).replace("'", "''") + "'"


def sql_files(*paths: str | Path) -> str:
    """Files as the SQL list that `read_parquet` and its like take: these files, whatever their names look like.

    Such functions take `*`, `?` and `[` for patterns; in brackets each stands for itself.
    """
    return "[" + ", ".join(sql_text(_PATTERN.sub(r"[\g<0>]", str(path))) for path in paths) + "]"
