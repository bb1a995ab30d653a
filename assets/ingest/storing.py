"""What of ingesting a partition needs no ledger: its files are read, judged, and stored in the lake."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from assets.ingest.decision import Assessment, landing_hash_of
from assets.ingest.rules import IngestRules
from expectations.accounts import Accounts, take_accounts
from expectations.breaker import Counts, refusal_cause
from expectations.contract import Dataset
from expectations.holder_keys import HolderKeys
from expectations.quarantine import CheckedPartition, check_partition, let_go
from sources.readers.reading import ReadFile, read_file
from storage.files.atomic import StorageError, storage_errors
from storage.lake.lake import Lake, StoredHash

_SHOWN_PROBLEMS = 3


class TooLittleMemoryError(StorageError):
    """A partition does not fit in the memory that DuckDB may use; nothing was replaced."""


@dataclass(frozen=True)
class Examined:
    """A partition's files as they were read and judged, before the lake follows."""

    files: tuple[ReadFile, ...]
    checked: CheckedPartition | None
    """None where a file can't be read. Its relations live until the next partition is checked."""
    cause: str | None
    """Why the partition is refused; None where it is not."""


OnExamined = Callable[[Examined], None]


@dataclass(frozen=True)
class Stored:
    """What came of a partition's files; none of their rows are in here."""

    digests: tuple[tuple[str, str], ...]
    """Name and digest of each file, in order of reading."""
    unexpected_columns: tuple[str, ...]
    counts: Counts | None
    """None where a file can't be read."""
    content_hash: str
    landing_hash: str
    """As in the lake's files."""
    accounts: Accounts
    cause: str | None
    """Why the partition is refused, and the lake as it was before; None where the lake holds it now."""
    starved: bool
    """Whether a file could not be read for want of memory."""


def store_partition(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    dataset: Dataset,
    found: Assessment,
    rules: IngestRules,
    on_examined: OnExamined = lambda examined: None,
    holders: HolderKeys | None = None,
) -> Stored:
    """Read a partition's landing files, hold every row to the contract, and replace the lake's files by the result.

    Raises `StorageError` when the lake can't be written, `TooLittleMemoryError` when DuckDB has too little memory; the
    accepted rows are then as before.
    """
    landed = found.landed
    assert landed is not None  # noqa: S101  what READ means
    files = tuple(read_file(path, dataset, rules.limits) for path in landed.files)
    delivered = [file.delivered for file in files if file.delivered is not None]
    digests = tuple((file.name, file.digest) for file in files)
    landing_hash = landing_hash_of(rules.digest(dataset), digests)
    checked: CheckedPartition | None = None
    accounts = Accounts()
    cause = _unreadable(files)
    if cause is not None:
        on_examined(Examined(files, None, cause))
    else:
        with _resource_errors(lake, dataset, landed.date, rules), _tidied(con, len(delivered)):
            checked = check_partition(con, dataset, landed.date, delivered, holders)
            cause = refusal_cause(dataset, checked.counts, rules.max_quarantined_share, rules.max_quarantined_rows)
            on_examined(Examined(files, checked, cause))
            if cause is None:
                accounts = take_accounts(con, dataset, delivered, checked)
                lake.write(
                    con,
                    dataset,
                    landed.date,
                    StoredHash(landing_hash, checked.content_hash),
                    accepted_sql=checked.accepted_sql,
                    quarantined_sql=checked.quarantined_sql,
                    accepted_rows=checked.accepted_rows,
                )
    return Stored(
        digests=digests,
        unexpected_columns=tuple(dict.fromkeys(name for file in delivered for name in file.unexpected_columns)),
        counts=checked.counts if checked else None,
        content_hash=checked.content_hash if checked else "",
        landing_hash=landing_hash,
        accounts=accounts,
        cause=cause,
        starved=any(file.starved for file in files),
    )


@contextmanager
def _tidied(con: duckdb.DuckDBPyConnection, files: int) -> Iterator[None]:
    """A connection that waits for its next partition holds nothing of the last one."""
    try:
        yield
    finally:
        let_go(con, files)


@contextmanager
def _resource_errors(lake: Lake, dataset: Dataset, day: date, rules: IngestRules) -> Iterator[None]:
    """Too little memory or disk becomes a `StorageError`; nothing was replaced."""
    with storage_errors(lake.spill_folder):
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise TooLittleMemoryError(
                f"{dataset.name} {day} does not fit in {rules.memory_limit} of memory; raise the memory limit"
            ) from error


def _unreadable(files: Sequence[ReadFile]) -> str | None:
    problems = [file.problem for file in files if file.problem is not None]
    if not problems:
        return None
    more = f"; and {len(problems) - _SHOWN_PROBLEMS} more files" if len(problems) > _SHOWN_PROBLEMS else ""
    return "; ".join(problems[:_SHOWN_PROBLEMS]) + more
