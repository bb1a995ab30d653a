"""A warehouse that is gone, made again from the publication: its marts are the published ones, without a build."""

from datetime import date
from pathlib import Path

import duckdb

from expectations.sql_text import sql_text
from storage.files.atomic import replacing
from storage.files.duckdb_files import remove_beside
from storage.home import Serving
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger
from storage.publication.publication import published_days, read_publication
from storage.publication.published_file import hold_as_published
from storage.warehouse.mart_rows import MARTS_SCHEMA


def restore_warehouse(warehouse: Path, serving: Path, ledger: Ledger, memory_limit: str) -> bool:
    """Make the warehouse from what is published, where it is gone; whether it was.

    Published days may be older than what their partitions and models would give today, or look back on what was pruned:
    then this is all that is left of them. Days that the lost file held and nobody published are built anew when asked
    for. Does nothing where nothing is published.

    Raises:
        StorageError: the file can't be written, or the published one is open for writing elsewhere.
    """
    if warehouse.exists():
        return False
    hold_as_published(serving)
    published = published_days(serving)
    publication = read_publication(serving)
    if publication is None:
        return False
    days = AsOfDays(ledger)
    days.clear_unpublished(published, publication.published_at, ())
    for day in _built(days) - published:
        days.clear(day, day)
    with replacing(warehouse) as beside:
        with duckdb.connect(str(beside), config={"memory_limit": memory_limit}) as connection:
            connection.execute(f"attach {sql_text(Serving(serving).file)} as published (read_only)")
            connection.execute(f"create schema {MARTS_SCHEMA}")
            tables = connection.execute(
                "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'marts'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(f'create table {MARTS_SCHEMA}."{table}" as from published.marts."{table}"')
            connection.execute("detach published")
        remove_beside(beside)
        remove_beside(warehouse)  # a log of the lost file would be applied to this one
    return True


def _built(days: AsOfDays) -> set[date]:
    return {day for day, record in days.records().items() if record.outcome == "built"}
