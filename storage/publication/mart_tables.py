"""The tables of a published file: marts patched from the warehouse, their newest day, and what was ingested."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import duckdb
import pyarrow as pa

from contracts.dashboard import KEY_MART
from expectations.given_rows import give, take_back
from planning.days import days_between
from planning.freshness import Freshness, FreshnessLimits, feed_freshness, publication_freshness
from planning.records import PartitionRecord
from storage.publication.described import Publication
from storage.warehouse.mart_kinds import dated, latest_rows


@dataclass(frozen=True)
class Window:
    """The as-of dates that a publication replaces, none at all perhaps, and those among them that have rows."""

    replaced: Sequence[date]
    days: Sequence[date]

    @property
    def bounds(self) -> tuple[date, date]:
        """First and last replaced date."""
        return min(self.replaced, default=date.min), max(self.replaced, default=date.min)

    def provisional_day(self, built_early: Collection[date], before: date | None) -> date | None:
        """The newest provisional day once the window is published: one of its days, or that of before, where it stays.

        There is one at most, but for a day of a closed period that nobody has built again since.

        Args:
            built_early: days of the warehouse that were not over when they were built.
            before: the provisional day of the publication before.
        """
        kept = {before} if before is not None and before not in self.replaced else set()
        return max(kept.union(day for day in self.days if day in built_early), default=None)

    def condition(self, days: Collection[date]) -> tuple[str, dict[str, object]]:
        """The condition that selects rows of `days`, and its parameters; the bounds let DuckDB skip row groups.

        Days without a gap need no list of them: looking each row up in one took a sixth of the time to write a mart.
        """
        first, last = self.bounds
        between, bounds = "as_of_date between $first and $last", dict[str, object](first=first, last=last)
        if days and set(days) == set(days_between(first, last)):
            return between, bounds
        return f"{between} and list_contains($days, as_of_date)", bounds | {"days": list(days)}


def patch_marts(connection: duckdb.DuckDBPyConnection, marts: Sequence[str], window: Window) -> None:
    """Replace the window in every table of schema `marts` by the rows of its days in `warehouse.marts`.

    A table that is the same on every date is replaced whole, where it changed.
    """
    connection.execute("create schema if not exists marts")
    by_day = dated(connection, marts, "warehouse")
    connection.execute("begin")
    for mart in marts:
        if mart not in by_day:
            _replace_where_changed(connection, mart)
            continue
        connection.execute(f'create table if not exists marts."{mart}" as from warehouse.marts."{mart}" limit 0')
        replaced, parameters = window.condition(window.replaced)
        connection.execute(f'delete from marts."{mart}" where {replaced}', parameters)
        wanted, parameters = window.condition(window.days)
        rows = f'from warehouse.marts."{mart}" where {wanted}'
        lie_in_order = len(window.days) > 1 and _is_sorted(connection, rows, parameters)  # a day is sorted sooner
        in_order = "" if lie_in_order else " order by as_of_date, partner_id"
        connection.execute(f'insert into marts."{mart}" by name select * {rows}{in_order}', parameters)
    connection.execute("commit")


def _is_sorted(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object]) -> bool:
    """Whether rows come by day and partner as they lie: then they are written so, without a sort.

    Of two columns it takes a fortieth of what writing the rows takes; a sort takes a fourth.
    """
    found = connection.execute(
        "select 1 from (select as_of_date, partner_id, lag(as_of_date) over () as date_before,"
        f" lag(partner_id) over () as partner_before {rows})"
        " where as_of_date < date_before or (as_of_date = date_before and partner_id < partner_before) limit 1",
        parameters,
    )
    return found.fetchone() is None


def _replace_where_changed(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    there = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'marts'"
        " and table_name = ?",
        [mart],
    ).fetchone()
    if there and _digest(connection, f'marts."{mart}"') == _digest(connection, f'warehouse.marts."{mart}"'):
        return
    connection.execute(f'create or replace table marts."{mart}" as from warehouse.marts."{mart}"')


def same_columns(connection: duckdb.DuckDBPyConnection, marts: Sequence[str]) -> bool:
    """Whether each mart has the same columns of the same types, in order, in the file and in `warehouse`."""
    columns = [
        connection.execute(
            "select table_name, column_index, column_name, data_type from duckdb_columns()"
            f" where database_name = {catalog} and schema_name = 'marts' and list_contains($marts, table_name)"
            " order by all",
            {"marts": list(marts)},
        ).fetchall()
        for catalog in ("current_database()", "'warehouse'")
    ]
    return columns[0] == columns[1]


def mart_days(connection: duckdb.DuckDBPyConnection) -> frozenset[date]:
    """The as-of dates of a published file."""
    rows = connection.execute(f"select distinct as_of_date from marts.{KEY_MART}").fetchall()
    return frozenset(row[0] for row in rows)


def latest_tables(connection: duckdb.DuckDBPyConnection, marts: Sequence[str]) -> None:
    """Rebuild schema `marts_latest`: each mart's rows of each partner's newest as-of date in `portfolio_kpis`.

    Of a dimension it is the newest row of each key; and the whole of a table that is the same on every date.
    """
    connection.execute("create schema if not exists marts_latest")
    connection.execute(
        "create or replace temp table newest as"
        f" select partner_id, max(as_of_date) as as_of_date from marts.{KEY_MART} group by partner_id"
    )
    by_day = dated(connection, marts)
    for mart in marts:
        rows = latest_rows(mart, is_dated=mart in by_day)
        connection.execute(f'create or replace table marts_latest."{mart}" as {rows}')


def meta_tables(
    connection: duckdb.DuckDBPyConnection,
    ingestion: Sequence[PartitionRecord],
    describe: Callable[[date, date], Publication],
) -> Publication:
    """Write `meta.publication` (one row) and `meta.ingestion` (a row per loaded partition); times are UTC.

    Args:
        describe: makes the publication's row from its first and last as-of date.
    """
    connection.execute("create schema if not exists meta")
    span = connection.execute(f"select min(as_of_date), max(as_of_date) from marts.{KEY_MART}").fetchone()
    if span is None or span[0] is None:
        raise ValueError("a publication needs at least one as-of date")
    publication = describe(*span)
    connection.execute(
        "create or replace table meta.publication (publication_id varchar, published_at timestamp,"
        " first_as_of_date date, last_as_of_date date, contract_version varchar, raw_contract_version varchar,"
        " git_revision varchar, provisional_as_of_date date, program_version varchar)"
    )
    connection.execute("insert into meta.publication values (?, ?, ?, ?, ?, ?, ?, ?, ?)", astuple(publication))
    give(connection, "ingested", _ingestion_rows(ingestion))
    connection.execute("create or replace table meta.ingestion as from ingested order by partition_date, dataset")
    take_back(connection, "ingested")
    return publication


def freshness_table(
    connection: duckdb.DuckDBPyConnection,
    ingestion: Sequence[PartitionRecord],
    published_at: datetime,
    limits: FreshnessLimits,
) -> None:
    """Write `meta.freshness`: a row per feed and for the publication, as a whole and of each partner; times are UTC.

    It holds days and limits, no ages: those depend on when they are read.
    """
    newest = f"select partner_id, max(as_of_date) from marts_latest.{KEY_MART} group by partner_id"
    rows = publication_freshness(dict(connection.execute(newest).fetchall()), published_at, limits)
    rows += feed_freshness(ingestion, limits)
    give(connection, "fresh", _freshness_rows(rows))
    connection.execute("create or replace table meta.freshness as from fresh")
    take_back(connection, "fresh")


def verify_marts(connection: duckdb.DuckDBPyConnection, marts: Sequence[str], window: Window) -> str | None:
    """Compare the window's rows, mart by mart, with the warehouse; the first difference in words, or None."""
    by_day = dated(connection, marts)
    for mart in marts:
        counts = {}
        for catalog, table, days in (
            ("published", f'marts."{mart}"', window.replaced),
            ("warehouse", f'warehouse.marts."{mart}"', window.days),
        ):
            condition = window.condition(days) if mart in by_day else None
            counts[catalog] = _digest(connection, table, condition)
        if counts["published"] != counts["warehouse"]:
            return f"{mart} (rows, hash): {counts}"
    return None


def _digest(
    connection: duckdb.DuckDBPyConnection, table: str, condition: tuple[str, Mapping[str, object]] | None = None
) -> tuple[int, int] | None:
    """Count and hash of a table's rows, of those that a condition with its parameters selects where one is given."""
    where, parameters = condition or ("true", None)
    rows = f"(select * from {table} where {where})"
    return connection.execute(f"select count(*), bit_xor(hash(rows)) from {rows} as rows", parameters).fetchone()


def _ingestion_rows(records: Sequence[PartitionRecord]) -> pa.Table:
    return pa.table(
        {
            "dataset": pa.array([record.dataset for record in records], pa.string()),
            "partition_date": pa.array([record.partition_date for record in records], pa.date32()),
            "files": pa.array([record.files for record in records], pa.int64()),
            "rows_read": pa.array([record.rows_read for record in records], pa.int64()),
            "rows_accepted": pa.array([record.rows_accepted for record in records], pa.int64()),
            "rows_quarantined": pa.array([record.rows_quarantined for record in records], pa.int64()),
            "rows_duplicate": pa.array([record.rows_duplicate for record in records], pa.int64()),
            "unexpected_columns": pa.array(
                [", ".join(record.unexpected_columns) or None for record in records], pa.string()
            ),
            "ingested_at": pa.array(
                [record.ingested_at.replace(tzinfo=None) for record in records], pa.timestamp("us")
            ),
        }
    )


def _freshness_rows(rows: Sequence[Freshness]) -> pa.Table:
    return pa.table(
        {
            "subject": pa.array([row.subject for row in rows], pa.string()),
            "dataset": pa.array([row.dataset for row in rows], pa.string()),
            "partner_id": pa.array([row.partner_id for row in rows], pa.string()),
            "newest_date": pa.array([row.newest_date for row in rows], pa.date32()),
            "loaded_at": pa.array([row.loaded_at.replace(tzinfo=None) for row in rows], pa.timestamp("us")),
            "max_age_days": pa.array([row.max_age_days for row in rows], pa.int64()),
        }
    )
