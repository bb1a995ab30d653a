"""Ingesting landing partitions: decide whether to read one, read it, check it, store it, record it.

Plain functions over the landing folder, the lake and the ledger. The order of writes makes every interruption harmless:
quarantine file, accepted file (one rename), ledger row; the three carry the same hash, and a difference is read again.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Literal

import duckdb

from expectations.contract import CONTRACT_VERSION, Dataset
from expectations.quarantine import CheckedPartition, check_partition, refusal_cause, use_holder_key
from sources.files import LandingFolder, LandingPartition
from sources.reading import ReadFile, file_digest, read_file
from storage.atomic import StorageError
from storage.hashing import key_fingerprint
from storage.lake import Lake, StoredHash
from storage.ledger import Ledger
from storage.records import PartitionRecord, RefusalRecord

Status = Literal["loaded", "unchanged", "refused", "missing"]
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True)
class IngestRules:
    """What besides the files decides the result, and the resources that reading may use."""

    holder_key: bytes
    max_quarantined_share: float
    memory_limit: str = "2GB"
    threads: int | None = None

    def digest(self, dataset: Dataset) -> str:
        """The part that decides the result for a dataset, as text that reveals nothing of the key."""
        fingerprint = key_fingerprint(self.holder_key) if dataset.personal_columns else "no key"
        return f"contract {CONTRACT_VERSION}, {fingerprint}, share {self.max_quarantined_share}"


@dataclass(frozen=True)
class IngestOutcome:
    """What became of a partition. `record` is what the lake holds, also where the newest landing files are refused."""

    status: Status
    record: PartitionRecord | None = None
    refusal: RefusalRecord | None = None


class _Action(Enum):
    READ = auto()
    KEEP = auto()
    STAY_REFUSED = auto()
    FORGET_LANDING = auto()


@dataclass(frozen=True)
class _Assessment:
    """What to do with a partition, and the facts that decided it."""

    action: _Action
    landed: LandingPartition | None
    signature: str
    known: PartitionRecord | None
    refusal: RefusalRecord | None


@contextmanager
def open_workbench(lake: Lake, rules: IngestRules) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that checks partitions one after the other; opening it costs more than a small partition."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": rules.memory_limit,
        "temp_directory": str(lake.spill_folder),
    }
    if rules.threads is not None:
        config["threads"] = rules.threads
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
) -> IngestOutcome:
    """Bring the lake and the ledger up to date with one landing partition; `reread` reads it though nothing changed.

    `con` is a workbench to use; without one, one is opened. Raises `StorageError` when lake or ledger can't be
    written, `LandingError` when the landing folder can't be listed; the partition is then as before.
    """
    found = _assess(landing, lake, ledger, dataset, day, rules, reread=reread)
    match found.action:
        case _Action.FORGET_LANDING:
            return _forget_landing(lake, ledger, dataset, day, found)
        case _Action.KEEP:
            return _keep(ledger, found)
        case _Action.STAY_REFUSED:
            return _stay_refused(ledger, found)
        case _Action.READ:
            if con is not None:
                return _ingest(con, lake, ledger, dataset, found, rules)
            with open_workbench(lake, rules) as own:
                return _ingest(own, lake, ledger, dataset, found, rules)


def needs_ingest(
    landing: LandingFolder, lake: Lake, ledger: Ledger, dataset: Dataset, day: date, rules: IngestRules
) -> bool:
    """Whether ingesting would change lake or ledger; files are hashed only when their stat facts differ."""
    found = _assess(landing, lake, ledger, dataset, day, rules, reread=False)
    match found.action:
        case _Action.READ:
            return True
        case _Action.KEEP | _Action.FORGET_LANDING:
            return found.refusal is not None or (found.known is not None and not lake.holds(found.known))
        case _Action.STAY_REFUSED:
            return False


def _assess(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    dataset: Dataset,
    day: date,
    rules: IngestRules,
    *,
    reread: bool,
) -> _Assessment:
    landed = landing.partition(dataset.name, day)
    known, refusal = ledger.partition(dataset.name, day), ledger.refusal(dataset.name, day)
    if landed is None:
        return _Assessment(_Action.FORGET_LANDING, None, "", known, refusal)
    signature = f"{rules.digest(dataset)}\n{landed.signature()}"

    def decided(action: _Action) -> _Assessment:
        return _Assessment(action, landed, signature, known, refusal)

    intact = known if known is not None and lake.holds(known) else None
    if reread or (intact is None and refusal is None):
        return decided(_Action.READ)
    if refusal is not None and refusal.landing_signature == signature:
        return decided(_Action.STAY_REFUSED)
    if refusal is None and intact is not None and intact.landing_signature == signature:
        return decided(_Action.KEEP)
    landing_hash = _landing_hash(dataset, rules, [(path.name, file_digest(path)) for path in landed.files])
    if intact is not None and intact.landing_hash == landing_hash:
        return decided(_Action.KEEP)
    if refusal is not None and refusal.landing_hash == landing_hash:
        return decided(_Action.STAY_REFUSED)
    return decided(_Action.READ)


def _forget_landing(lake: Lake, ledger: Ledger, dataset: Dataset, day: date, found: _Assessment) -> IngestOutcome:
    """The landing files are gone: the lake keeps what it has, and a refusal has no object any more."""
    if found.refusal is not None:
        ledger.drop_refusal(dataset.name, day)
    if found.known is None:
        return IngestOutcome("missing")
    if lake.stored_hash(dataset, day) is None:
        ledger.drop_partition(dataset.name, day)
        return IngestOutcome("missing")
    return IngestOutcome("unchanged", record=found.known)


def _keep(ledger: Ledger, found: _Assessment) -> IngestOutcome:
    """The lake holds what the landing files say; remember their present stat facts, so that the next look is cheap."""
    assert found.known is not None and found.landed is not None  # noqa: S101  what KEEP means
    record = replace(found.known, landing_signature=found.signature, ignored_files=found.landed.ignored)
    if record != found.known or found.refusal is not None:
        ledger.record_loaded(record)
    return IngestOutcome("unchanged", record=record)


def _stay_refused(ledger: Ledger, found: _Assessment) -> IngestOutcome:
    assert found.refusal is not None  # noqa: S101  what STAY_REFUSED means
    refusal = replace(found.refusal, landing_signature=found.signature)
    if refusal != found.refusal:
        ledger.record_refused(refusal)
    return IngestOutcome("refused", record=found.known, refusal=refusal)


def _ingest(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    ledger: Ledger,
    dataset: Dataset,
    found: _Assessment,
    rules: IngestRules,
) -> IngestOutcome:
    landed = found.landed
    assert landed is not None  # noqa: S101  what READ means
    files = [read_file(path, dataset) for path in landed.files]
    landing_hash = _landing_hash(dataset, rules, [(file.name, file.digest) for file in files])
    cause = _unreadable(files)
    checked: CheckedPartition | None = None
    delivered = [file.delivered for file in files if file.delivered is not None]
    if cause is None:
        try:
            checked = check_partition(con, dataset, landed.date, delivered)
        except duckdb.OutOfMemoryException as error:
            raise StorageError(
                f"{dataset.name} {landed.date} does not fit in {rules.memory_limit} of memory; raise the memory limit"
            ) from error
        cause = refusal_cause(dataset, checked.counts, rules.max_quarantined_share)
    now = datetime.now(UTC)
    if checked is None or cause is not None:
        refusal = RefusalRecord(
            dataset=dataset.name,
            partition_date=landed.date,
            landing_signature=found.signature,
            landing_hash=landing_hash,
            cause=cause or "",
            rows_read=checked.counts.rows_read if checked else 0,
            reasons=checked.counts.reasons if checked else {},
            refused_at=now,
        )
        ledger.record_refused(refusal)
        return IngestOutcome("refused", record=found.known, refusal=refusal)
    lake.write(
        con,
        dataset,
        landed.date,
        StoredHash(landing_hash, checked.content_hash),
        accepted_sql=checked.accepted_sql,
        quarantined_sql=checked.quarantined_sql,
    )
    counts = checked.counts
    record = PartitionRecord(
        dataset=dataset.name,
        partition_date=landed.date,
        landing_signature=found.signature,
        landing_hash=landing_hash,
        content_hash=checked.content_hash,
        files=len(files),
        rows_read=counts.rows_read,
        rows_accepted=counts.rows_accepted,
        rows_quarantined=counts.rows_quarantined,
        rows_duplicate=counts.rows_duplicate,
        ingested_at=now,
        unexpected_columns=tuple(dict.fromkeys(name for file in delivered for name in file.unexpected_columns)),
        ignored_files=landed.ignored,
        reasons=counts.reasons,
        partners=counts.partners,
    )
    ledger.record_loaded(record)
    return IngestOutcome("loaded", record=record)


def _unreadable(files: Sequence[ReadFile]) -> str | None:
    problems = [file.problem for file in files if file.problem is not None]
    if not problems:
        return None
    more = f"; and {len(problems) - _SHOWN_PROBLEMS} more files" if len(problems) > _SHOWN_PROBLEMS else ""
    return "; ".join(problems[:_SHOWN_PROBLEMS]) + more


def _landing_hash(dataset: Dataset, rules: IngestRules, files: Sequence[tuple[str, str]]) -> str:
    """SHA-256 over the files' names and digests in order of reading, and the rules."""
    lines = [rules.digest(dataset), *(f"{digest} {name}" for name, digest in files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
