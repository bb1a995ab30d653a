"""Parquet beside the published file: one folder a mart, one file a month of as-of dates."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    copies: list[str] = []
    for mart in marts:
        target = folder / mart
        target.mkdir(parents=True)
        if mart in by_day:
            kept = _link_months(base / mart, target, first, last) if base is not None else frozenset()
            copies += _month_copies(connection, mart, target, kept)
        else:
            copies.append(f'copy marts."{mart}" to {sql_text(target / "all.parquet")} (format parquet)')
    # A month has few row groups, and DuckDB writes each with one thread: two files at a time keep two cores busy.
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda copy: connection.cursor().execute(copy), copies):
            pass


def _link_months(base: Path, target: Path, first: date, last: date) -> frozenset[str]:
    """Give the files of months outside first..last their names in `target`; the months, as YYYY-MM."""
    kept = [path for path in base.glob("*.parquet") if not f"{first:%Y-%m}" <= path.stem <= f"{last:%Y-%m}"]
    for path in kept:
        link_or_copy(path, target / path.name)
    return frozenset(path.stem for path in kept)


def _month_copies(
    connection: duckdb.DuckDBPyConnection, mart: str, target: Path, kept: frozenset[str]
) -> Iterator[str]:
    """The statements that write a mart's months but those that are kept."""
    months = connection.execute(
        f"select distinct date_trunc('month', as_of_date)::date from marts.\"{mart}\" order by 1"
    ).fetchall()
    for (month,) in months:
        if f"{month:%Y-%m}" not in kept:
            yield (
                f"copy (from marts.\"{mart}\" where as_of_date between date '{month}' and last_day(date '{month}'))"
                f" to {sql_text(target / f'{month:%Y-%m}.parquet')} (format parquet)"
            )
