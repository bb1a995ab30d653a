"""Parquet beside the published file: one folder a mart, one file a month of as-of dates."""

import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from expectations.sql_text import sql_text
from storage.mart_kinds import dated


def link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name; copy it where the file system knows no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def export_parquet(
    connection: duckdb.DuckDBPyConnection,
    marts: Sequence[str],
    folder: Path,
    base: Path | None,
    first: date,
    last: date,
) -> None:
    """Write `<folder>/<mart>/<YYYY-MM>.parquet` of every mart in schema `marts`.

    A mart without as-of dates is one file, `all.parquet`.

    Args:
        base: an earlier export whose months outside first..last still hold, and are linked instead of written.
    """
    by_day = dated(connection, marts)
    for mart in marts:
        target = folder / mart
        target.mkdir(parents=True)
        if mart not in by_day:
            file = sql_text(target / "all.parquet")
            connection.execute(f'copy marts."{mart}" to {file} (format parquet)')
            continue
        kept: set[str] = set()
        if base is not None:
            for path in sorted((base / mart).glob("*.parquet")):
                if not f"{first:%Y-%m}" <= path.stem <= f"{last:%Y-%m}":
                    link_or_copy(path, target / path.name)
                    kept.add(path.stem)
        months = connection.execute(
            f"select distinct date_trunc('month', as_of_date)::date from marts.\"{mart}\" order by 1"
        ).fetchall()
        for (month,) in months:
            if f"{month:%Y-%m}" in kept:
                continue
            file = sql_text(target / f"{month:%Y-%m}.parquet")
            connection.execute(
                f"copy (from marts.\"{mart}\" where as_of_date between date '{month}' and last_day(date '{month}'))"
                f" to {file} (format parquet)"
            )
