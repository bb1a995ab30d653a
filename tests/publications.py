"""A publication that a test writes by hand: every mart with the contract's columns, and the rows that it is given."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from tests.reference.contract import MART_COLUMNS

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def write_marts(path: Path, rows: Rows, provisional: date | None = None) -> None:
    """Write `portfolio.duckdb`; columns that a row does not name are null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(_empty())
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table meta.publication as select 'pub-1' as publication_id, now()::timestamp as published_at,"
            " ?::date as provisional_as_of_date",
            [provisional],
        )
        for mart, given in rows.items():
            for row in given:
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert into marts.{mart} ({', '.join(row)}) values ({marks})", list(row.values()))


@cache
def _empty() -> bytes:
    """A publication without a row, made once: thirty tables take a while."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema marts; create schema meta")
            for mart, columns in MART_COLUMNS.items():
                named = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(f"create table marts.{mart} ({named})")
        return path.read_bytes()
