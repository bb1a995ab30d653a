"""Ingesting landing partitions: decide whether to read one, read it, check it, store it, record it.

Plain functions over the landing folder, the lake and the ledger. The order of writes makes every interruption harmless:
quarantine file, accepted file (one rename), ledger row; the three carry the same hash, and a difference is read again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

import duckdb

from assets.ingest.decision import Action, Assessment, assess, landing_hash_of
from assets.ingest.rules import IngestRules
from expectations.accounts import Accounts, take_accounts
from expectations.contract import Dataset
from expectations.quarantine import CheckedPartition, check_partition, refusal_cause, use_holder_key
from expectations.wording import LONGEST_NAME, shortened
from planning.records import PartitionRecord, RefusalRecord
from sources.landing.folder import LandingFolder
from sources.readers.reading import ReadFile, read_file
from storage.files.atomic import StorageError, storage_errors
from storage.lake.lake import Lake, StoredHash
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.landing_facts import follow_landing
from storage.ledger.ledger import Ledger

Status = Literal["loaded", "unchanged", "refused", "missing", "pruned"]
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True)
class IngestOutcome:
    """What became of a partition. `record` is what the lake holds, also where the newest landing files are refused."""

    status: Status
    record: PartitionRecord | None = None
    refusal: RefusalRecord | None = None


@dataclass(frozen=True)
class Examined:
    """A partition's files as they were read and judged, before the lake follows."""

    files: tuple[ReadFile, ...]
    checked: CheckedPartition | None
    """None where a file can't be read. Its relations live until the next partition is checked."""
    cause: str | None
    """Why the partition is refused; None where it is not."""


OnExamined = Callable[[Examined], None]


@contextmanager
def open_workbench(lake: Lake, rules: IngestRules) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that checks partitions one after the other; opening it costs more than a small partition."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": rules.memory_limit,
        "temp_directory": str(lake.spill_folder),
    }
    if rules.threads is not None:
        config["threads"] = rules.threads
    with storage_errors(lake.spill_folder):  # DuckDB makes the folder itself, but not the one above
        lake.spill_folder.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config=config) as con:
        use_holder_key(con, rules.holder_key)
        yield con


def ingest_partitions(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    partitions: Iterable[tuple[Dataset, date]],
    rules: IngestRules,
    *,
    reread: bool = False,
) -> Iterator[IngestOutcome]:
    """Ingest partitions one after the other, in one workbench; yields the outcome of each, in order."""
    with open_workbench(lake, rules) as con:
        for dataset, day in partitions:
            yield ingest_partition(landing, lake, ledger, dataset, day, rules, reread=reread, con=con)


def ingest_partition(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    dataset: Dataset,
    day: date,
    rules: IngestRules,
    *,
    reread: bool = False,
    con: duckdb.DuckDBPyConnection | None = None,
    on_examined: OnExamined = lambda examined: None,
) -> IngestOutcome:
    """Bring the lake and the ledger up to date with one landing partition; `reread` reads it though nothing changed.

    `con` is a workbench to use; without one, one is opened. `on_examined` is told of a partition that is read, refused
    ones included. Raises `StorageError` when lake or ledger can't be
    written, `LandingError` when the landing folder can't be listed; the partition is then as before.
    """
    found = assess(landing, lake, ledger, dataset, day, rules, reread=reread)
    match found.action:
        case Action.FORGET_LANDING:
            return _forget_landing(lake, ledger, dataset, day, found)
        case Action.STAY_PRUNED:
            return IngestOutcome("pruned")
        case Action.KEEP:
            return _keep(ledger, found)
        case Action.STAY_REFUSED:
            return _stay_refused(ledger, found)
        case Action.READ:
            if con is not None:
                return _ingest(con, lake, ledger, dataset, found, rules, on_examined)
            with open_workbench(lake, rules) as own:
                return _ingest(own, lake, ledger, dataset, found, rules, on_examined)


def needs_ingest(
    landing: LandingFolder, lake: Lake, ledger: Ledger, dataset: Dataset, day: date, rules: IngestRules
) -> bool:
    """Whether ingesting would bring anything new; files are hashed only when their stat facts differ.

    Facts that differ where the content does not are remembered, so that the next look is cheap.
    """
    found = assess(landing, lake, ledger, dataset, day, rules, reread=False)
    same = {Action.KEEP: found.known, Action.STAY_REFUSED: found.refusal}.get(found.action)
    signature = found.refusal_signature if found.action is Action.STAY_REFUSED else found.signature
    if same is not None and found.landed is not None and same.landing_signature != signature:
        follow_landing(ledger, same, signature, found.landed.ignored)
    match found.action:
        case Action.READ:
            return True
        case Action.KEEP | Action.FORGET_LANDING:
            return found.refusal is not None or (found.known is not None and not lake.holds(found.known))
        case Action.STAY_REFUSED | Action.STAY_PRUNED:
            return False


def _forget_landing(lake: Lake, ledger: Ledger, dataset: Dataset, day: date, found: Assessment) -> IngestOutcome:
    """The landing files are gone: the lake keeps what it has, and a refusal has no object any more."""
    if found.refusal is not None:
        ledger.drop_refusal(dataset.name, day)
    if found.known is None:
        return IngestOutcome("missing")
    if lake.stored_hash(dataset, day) is None:
        ledger.drop_partition(dataset.name, day)
        return IngestOutcome("missing")
    return IngestOutcome("unchanged", record=found.known)


def _keep(ledger: Ledger, found: Assessment) -> IngestOutcome:
    """The lake holds what the landing files say; remember their present stat facts, so that the next look is cheap."""
    assert found.known is not None and found.landed is not None  # noqa: S101  what KEEP means
    record = replace(found.known, landing_signature=found.signature, ignored_files=found.landed.ignored)
    if record != found.known or found.refusal is not None:
        ledger.record_loaded(record)
    return IngestOutcome("unchanged", record=record)


def _stay_refused(ledger: Ledger, found: Assessment) -> IngestOutcome:
    assert found.refusal is not None  # noqa: S101  what STAY_REFUSED means
    refusal = replace(found.refusal, landing_signature=found.refusal_signature)
    if refusal != found.refusal:
        ledger.record_refused(refusal)
    return IngestOutcome("refused", record=found.known, refusal=refusal)


def _ingest(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    ledger: Ledger,
    dataset: Dataset,
    found: Assessment,
    rules: IngestRules,
    on_examined: OnExamined,
) -> IngestOutcome:
    landed = found.landed
    assert landed is not None  # noqa: S101  what READ means
    files = [read_file(path, dataset, rules.limits) for path in landed.files]
    digests = [(file.name, file.digest) for file in files]
    landing_hash = landing_hash_of(rules.digest(dataset), digests)
    checked: CheckedPartition | None = None
    accounts = Accounts()
    cause = _unreadable(files)
    if cause is None:
        delivered = [file.delivered for file in files if file.delivered is not None]
        with _resource_errors(lake, dataset, landed.date, rules):
            checked = check_partition(con, dataset, landed.date, delivered)
            cause = refusal_cause(dataset, checked.counts, rules.max_quarantined_share, rules.max_quarantined_rows)
            on_examined(Examined(tuple(files), checked, cause))
            if cause is None:
                accounts = take_accounts(con, dataset, delivered, checked)
                lake.write(
                    con,
                    dataset,
                    landed.date,
                    StoredHash(landing_hash, checked.content_hash),
                    accepted_sql=checked.accepted_sql,
                    quarantined_sql=checked.quarantined_sql,
                )
    else:
        on_examined(Examined(tuple(files), None, cause))
    if checked is None or cause is not None:
        refusal = RefusalRecord(
            dataset=dataset.name,
            partition_date=landed.date,
            landing_signature=found.refusal_signature,
            landing_hash=landing_hash_of(rules.digest(dataset, refused=True), digests),
            cause=cause or "",
            rows_read=checked.counts.rows_read if checked else 0,
            reasons=checked.counts.reasons if checked else {},
            refused_at=datetime.now(UTC),
        )
        ledger.record_refused(refusal)
        return IngestOutcome("refused", record=found.known, refusal=refusal)
    record = _record(dataset, found, landing_hash, files, checked)
    PartitionAccounts(ledger).record(dataset.name, landed.date, landing_hash, record.content_hash, accounts)
    ledger.record_loaded(record)
    return IngestOutcome("loaded", record=record)


def _record(
    dataset: Dataset, found: Assessment, landing_hash: str, files: Sequence[ReadFile], checked: CheckedPartition
) -> PartitionRecord:
    assert found.landed is not None  # noqa: S101  what READ means
    unexpected = [name for file in files if file.delivered for name in file.delivered.unexpected_columns]
    counts = checked.counts
    return PartitionRecord(
        dataset=dataset.name,
        partition_date=found.landed.date,
        landing_signature=found.signature,
        landing_hash=landing_hash,
        content_hash=checked.content_hash,
        files=len(files),
        rows_read=counts.rows_read,
        rows_accepted=counts.rows_accepted,
        rows_quarantined=counts.rows_quarantined,
        rows_duplicate=counts.rows_duplicate,
        ingested_at=datetime.now(UTC),
        unexpected_columns=tuple(dict.fromkeys(shortened(name, LONGEST_NAME) for name in unexpected)),
        ignored_files=found.landed.ignored,
        reasons=counts.reasons,
        partners=counts.partners,
    )


@contextmanager
def _resource_errors(lake: Lake, dataset: Dataset, day: date, rules: IngestRules) -> Iterator[None]:
    """Too little memory or disk becomes a `StorageError`; nothing was replaced."""
    with storage_errors(lake.spill_folder):
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise StorageError(
                f"{dataset.name} {day} does not fit in {rules.memory_limit} of memory; raise the memory limit"
            ) from error


def _unreadable(files: Sequence[ReadFile]) -> str | None:
    problems = [file.problem for file in files if file.problem is not None]
    if not problems:
        return None
    more = f"; and {len(problems) - _SHOWN_PROBLEMS} more files" if len(problems) > _SHOWN_PROBLEMS else ""
    return "; ".join(problems[:_SHOWN_PROBLEMS]) + more
