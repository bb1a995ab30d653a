"""The publication: marts that passed every check, in a file that is replaced whole.

`<serving>/portfolio.duckdb` holds the schemas `marts` (all history), `marts_latest` and `meta`;
`<serving>/parquet/<mart>/<YYYY-MM>.parquet` holds the same marts; `<serving>/portfolio.current.json` names the
publication. One is written beside, verified and moved into place; the last few stay in `<serving>/publications/<id>/`.
"""

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from contracts.version import program_version
from expectations.contract import CONTRACT_VERSION, MARTS_CONTRACT_VERSION
from expectations.sql_text import sql_text
from planning.freshness import FreshnessLimits
from planning.records import PartitionRecord
from storage.files.atomic import DISK_FULL, NO_SPACE, StorageError, is_full, storage_errors
from storage.files.duckdb_files import readable, remove_beside
from storage.files.permissions import share, share_one
from storage.home import PublicationFolder, Serving
from storage.ledger.recorded_checks import RecordedResult
from storage.ledger.usage_windows import UsageWindow
from storage.publication.check_table import check_results_table
from storage.publication.current import describe_current, remove_current, write_current
from storage.publication.described import Publication, publication_of
from storage.publication.kept import kept_folders, new_id, parquet_link, unfinished_folders
from storage.publication.mart_tables import (
    Window,
    freshness_table,
    latest_tables,
    mart_days,
    meta_tables,
    patch_marts,
    same_columns,
    verify_marts,
)
from storage.publication.parquet_export import export_parquet, parquet_base
from storage.publication.published_file import (
    PublicationError,
    copy_beside,
    flush_all,
    hold_as_published,
    put_in_place,
    reading,
    refuse_parquet_folder,
    remove_all_beside,
    remove_older_publications,
    unwritten,
)
from storage.publication.usage_table import usage_windows_table
from storage.warehouse.compaction import write_anew
from storage.warehouse.kpi_rows import wrong_kpi_rows

# A patched file keeps the space of replaced rows; past this share of free blocks it is written anew.
COMPACT_FREE_SHARE = 0.3
# Up to this many bytes it stays as it is: writing it anew takes 0.4 CPU s of each day's run. A file of 60 customers, 13
# MiB when it is written anew, settles at 25.
SMALL_FILE = 32 * 2**20


@dataclass(frozen=True)
class PublicationRequest:
    """What to publish: the as-of days of a window, out of the warehouse, over the last publication."""

    warehouse: Path
    serving: Path
    marts: Sequence[str]
    window: Window
    built_days: Sequence[date]
    """Every day of the warehouse that passed its checks: the base where there is no publication to patch."""
    ingestion: Sequence[PartitionRecord]
    git_revision: str | None
    keep: int
    memory_limit: str
    contract_version: str = MARTS_CONTRACT_VERSION
    raw_contract_version: str = CONTRACT_VERSION
    freshness_limits: FreshnessLimits = field(default_factory=FreshnessLimits)
    check_results: Sequence[RecordedResult] = ()
    usage_windows: Sequence[UsageWindow] = ()
    partners: Mapping[date, Collection[str]] = field(default_factory=dict)
    """Those with all three snapshots, by day of the window: they have rows in every KPI mart, and nobody else has."""
    provisional_days: Collection[date] = ()  # of the warehouse: they were not over when they were built
    anew: bool = False
    """Leave no byte of what the last publication held and this one doesn't: file and Parquet are written anew."""


def read_publication(serving: Path) -> Publication | None:
    """The current publication's `meta.publication`, or None where nothing is published."""
    path = Serving(serving).file
    if not path.exists():
        return None
    with reading(path) as connection:
        found = connection.execute("select * from meta.publication")
        columns, row = [column[0] for column in found.description], found.fetchone()
    if row is None:
        raise PublicationError(f"{path}: meta.publication is empty; delete the file and run again")
    return publication_of(dict(zip(columns, row, strict=True)))


def published_days(serving: Path) -> frozenset[date]:
    """The as-of days that the current publication holds.

    Raises:
        PublicationError: another process holds the file open for writing.
    """
    path = Serving(serving).file
    if not path.exists():
        return frozenset()
    with unwritten(path):
        pass
    with reading(path) as connection:
        return mart_days(connection)


def publish(request: PublicationRequest, report: Callable[[str], None] = lambda step: None) -> Publication:
    """Write, verify and switch to a new publication.

    The request's window is replaced by the warehouse's rows of its days; days outside stay as published.

    Args:
        report: told each step's name as it begins.

    Raises:
        PublicationError: no space, a file or its place in use, or a copy that differs from the warehouse.
    """
    refuse_parquet_folder(request.serving)
    intact = hold_as_published(request.serving).as_published
    publications = Serving(request.serving).publications
    with storage_errors(publications):
        publications.mkdir(parents=True, exist_ok=True)
        share_one(publications, request.serving)
        for leftover in unfinished_folders(request.serving):
            shutil.rmtree(leftover)
    now = datetime.now(UTC).replace(tzinfo=None)
    publication_id = new_id(now)
    building = publications / f".{publication_id}"
    building.mkdir()
    try:
        publication = _write(request, building, publication_id, now, report, intact=intact)
        report("switching")
        remove_beside(PublicationFolder(building).file)
        share(building, request.serving)
        flush_all(building)
        current = describe_current(publication, building)
        _switch(request.serving, building, publications / publication_id)
        write_current(request.serving, current)
    except (OSError, *NO_SPACE, StorageError) as error:
        reason = DISK_FULL if is_full(error) else str(error).splitlines()[0]
        raise PublicationError(f"nothing was published to {request.serving}: {reason}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    remove_older_publications(request.serving, request.keep, at_any_price=request.anew)
    if request.anew:
        remove_all_beside(request.serving)
    return publication


def _write(
    request: PublicationRequest,
    building: Path,
    publication_id: str,
    now: datetime,
    report: Callable[[str], None],
    *,
    intact: bool,
) -> Publication:
    path = PublicationFolder(building).file
    patched, window, provisional = _base(request, intact=intact)
    if patched:
        report("copying the last publication")
        with unwritten(Serving(request.serving).file):
            shutil.copyfile(Serving(request.serving).file, path)
    report("writing marts")
    with _connect(path, request) as connection:
        patch_marts(connection, request.marts, window)
        connection.execute("begin")  # each statement's own commit would be written to the log, and flushed
        latest_tables(connection, request.marts)
        publication = meta_tables(
            connection,
            request.ingestion,
            lambda first, last: Publication(
                publication_id,
                now,
                first,
                last,
                request.contract_version,
                request.raw_contract_version,
                request.git_revision,
                provisional,
                program_version(),
            ),
        )
        freshness_table(connection, request.ingestion, now, request.freshness_limits)
        check_results_table(connection, request.check_results)
        usage_windows_table(connection, request.usage_windows)
        connection.execute("commit")
    if request.anew or (patched and _is_loose(path)):
        write_anew(path, request.memory_limit)
    report("verifying")
    with _connect(path, request, read_only=True) as connection:
        if problem := verify_marts(connection, request.marts, window):
            raise PublicationError(f"the written publication differs from the warehouse: {problem}; run again")
        if problem := wrong_kpi_rows(connection, request.partners):
            raise PublicationError(f"the written publication is not whole: {problem}; run again")
        report("exporting Parquet")
        base = parquet_base(request.serving) if patched and not request.anew else None
        export_parquet(connection, request.marts, PublicationFolder(building).parquet, base, *window.bounds)
    return publication


def _base(request: PublicationRequest, *, intact: bool) -> tuple[bool, Window, date | None]:
    """Whether to patch the file that readers open, the window to write, and the provisional day of what comes of it.

    There is nothing to patch where its tables are not the warehouse's, or somebody changed it and nothing has it as it
    was published: then the window is all that was built. Nor where it replaces all days: a new file is faster then.

    Raises:
        PublicationError: a changed file has days that the warehouse lacks.
    """
    all_built = Window(request.built_days, request.built_days)
    anew = False, all_built, all_built.provisional_day(request.provisional_days, None)
    if (previous := read_publication(request.serving)) is None:
        return anew
    base = Serving(request.serving).file
    with _connect(base, request, read_only=True) as connection:
        days = mart_days(connection)
        if not intact:
            _refuse_to_lose(days - {*request.built_days, *request.window.replaced}, base)
        if not (intact and same_columns(connection, request.marts)):
            return anew
        patched = not days <= set(request.window.replaced)
    provisional = request.window.provisional_day(request.provisional_days, previous.provisional_as_of_date)
    return patched, request.window, provisional


def _refuse_to_lose(days: frozenset[date], base: Path) -> None:
    if days:
        raise PublicationError(
            f"{base} was changed after it was published, and days of it are nowhere else: build {min(days)} to"
            f" {max(days)} again (portfolio materialize --from {min(days)} --to {max(days)})"
        )


def _connect(path: Path, request: PublicationRequest, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    config = readable(memory_limit=request.memory_limit)
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    connection.execute(f"attach {sql_text(request.warehouse)} as warehouse (read_only)")
    return connection


def _is_loose(path: Path) -> bool:
    """Whether much of the file is the space of replaced rows, and that is much."""
    if path.stat().st_size <= SMALL_FILE:
        return False
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select free_blocks, total_blocks from pragma_database_size()").fetchone()
    return row is not None and row[0] > row[1] * COMPACT_FREE_SHARE


def _switch(serving: Path, building: Path, final: Path) -> None:
    """Point readers at the new publication; the file's replacement is the moment that counts."""
    target = Serving(serving).file
    beside = copy_beside(PublicationFolder(building).file, target)
    link = parquet_link(serving, final.name)
    with unwritten(target):
        building.rename(final)
        link.replace(Serving(serving).parquet)
        put_in_place(beside, target)


def withdraw(serving: Path) -> None:
    """Take the publication away, the kept ones and what lies beside included: nothing of it may stay published.

    What somebody else put among the kept ones stays there.

    Raises:
        StorageError: a file can't be removed, or another process has it open for writing.
    """
    refuse_parquet_folder(serving)
    with storage_errors(serving), unwritten(Serving(serving).file):
        remove_all_beside(serving)
        remove_current(serving)
        Serving(serving).file.unlink(missing_ok=True)
        Serving(serving).parquet.unlink(missing_ok=True)
        for folder in (*kept_folders(serving), *unfinished_folders(serving)):
            shutil.rmtree(folder)
        with suppress(OSError):  # it isn't there, or not empty
            Serving(serving).publications.rmdir()
