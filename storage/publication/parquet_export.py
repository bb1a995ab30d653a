"""Parquet beside the published file: one folder a mart, one file a month of as-of dates."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations.sql_text import sql_text
from storage.home import Serving
from storage.warehouse.mart_kinds import dated


def link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name; copy it where the file system knows no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@dataclass(frozen=True)
class ParquetBase:
    """An earlier export."""

    folder: Path
    finished_ns: int
    """When it was finished, in nanoseconds since 1970: a file of it that was changed later is not ours any more."""

    def holds(self, path: Path) -> bool:
        """Whether a file of the export is there, as it was written."""
        return path.is_file() and path.stat().st_mtime_ns <= self.finished_ns


def parquet_base(serving: Path) -> ParquetBase | None:
    """The last publication's Parquet; its description was the last thing to be written."""
    described = Serving(serving).current
    if not described.exists():
        return None
    return ParquetBase(Serving(serving).parquet.resolve(), described.stat().st_mtime_ns)


def export_parquet(
    connection: duckdb.DuckDBPyConnection,
    marts: Sequence[str],
    folder: Path,
    base: "ParquetBase | None",
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
            months = _months(connection, mart)
            outside = [month for month in months if not f"{first:%Y-%m}" <= month <= f"{last:%Y-%m}"]
            kept = _link_months(base, mart, target, outside) if base is not None else frozenset()
            copies += [_month_copy(mart, target, month) for month in months if month not in kept]
        else:
            copies.append(f'copy marts."{mart}" to {sql_text(target / "all.parquet")} (format parquet)')
    _run_side_by_side(connection, copies)


def _run_side_by_side(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Run statements that write nothing to the database, as many at a time as DuckDB has threads, each with one.

    A month has few row groups, and threads that write one file together wait for each other: a fourth more CPU time.
    """
    (threads,) = connection.execute("select current_setting('threads')").fetchone() or (1,)
    connection.execute("set threads = 1")
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda statement: connection.cursor().execute(statement), statements):
                pass
    finally:
        connection.execute(f"set threads = {threads}")


def _link_months(base: ParquetBase, mart: str, target: Path, months: Sequence[str]) -> frozenset[str]:
    """Give the files of months (YYYY-MM) that nobody changed their names in `target`; those months."""
    kept = [path for month in months if base.holds(path := base.folder / mart / f"{month}.parquet")]
    for path in kept:
        link_or_copy(path, target / path.name)
    return frozenset(path.stem for path in kept)


def _months(connection: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    """A mart's months, as YYYY-MM."""
    months = connection.execute(
        f"select distinct date_trunc('month', as_of_date)::date from marts.\"{mart}\" order by 1"
    ).fetchall()
    return [f"{month:%Y-%m}" for (month,) in months]


def _month_copy(mart: str, target: Path, month: str) -> str:
    """The statement that writes a mart's month."""
    first = f"date '{month}-01'"
    return (
        f'copy (from marts."{mart}" where as_of_date between {first} and last_day({first}))'
        f" to {sql_text(target / f'{month}.parquet')} (format parquet)"
    )
