"""Ingesting landing partitions: decide whether to read one, read it, check it, store it, record it.

Plain functions over the landing folder, the lake and the ledger. The order of writes makes every interruption harmless:
quarantine file, accepted file (one rename), ledger row; the three carry the same hash, and a difference is read again.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

import duckdb

from assets.ingest.crew import Crew, Job, crew, crew_size
from assets.ingest.decision import Action, Assessment, assess, landing_hash_of
from assets.ingest.rules import IngestRules
from assets.ingest.storing import OnExamined, Stored, store_partition
from assets.ingest.workbench import open_workbench
from expectations.contract import Dataset
from expectations.wording import LONGEST_NAME, shortened
from planning.records import PartitionRecord, RefusalRecord
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.landing_facts import follow_landing
from storage.ledger.ledger import Ledger

Status = Literal["loaded", "unchanged", "refused", "missing", "pruned"]


@dataclass(frozen=True)
class IngestOutcome:
    """What became of a partition. `record` is what the lake holds, also where the newest landing files are refused."""

    status: Status
    record: PartitionRecord | None = None
    refusal: RefusalRecord | None = None


@dataclass(frozen=True)
class _Begun:
    """A partition for which it is decided what to do; `job` is at work on it where it is read."""

    dataset: Dataset
    day: date
    found: Assessment
    job: Job | None


def ingest_partitions(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    partitions: Iterable[tuple[Dataset, date]],
    rules: IngestRules,
    *,
    reread: bool = False,
) -> Iterator[IngestOutcome]:
    """Ingest partitions, none of them twice, as many at a time as there are threads; yields the outcomes in order.

    The ledger is read and written by the thread that asks for the outcomes, in their order. Whatever ends this, the
    partitions at work are as before, or in the lake without a row in the ledger: the next run reads these again.
    """
    if crew_size(rules) == 1:
        with open_workbench(lake, rules) as con:
            for dataset, day in partitions:
                yield ingest_partition(landing, lake, ledger, dataset, day, rules, reread=reread, con=con)
        return
    with ExitStack() as stack:
        at_work: Crew | None = None
        waiting: deque[_Begun] = deque()
        for dataset, day in partitions:
            found, job = assess(landing, lake, ledger, dataset, day, rules, reread=reread), None
            if found.action is Action.READ:
                at_work = at_work or stack.enter_context(crew(lake, rules))
                job = at_work.begin(dataset, found)
            waiting.append(_Begun(dataset, day, found, job))
            while waiting and (waiting[0].job is None or waiting[0].job.done):
                yield _finish(lake, ledger, waiting.popleft(), rules)
        while waiting:
            yield _finish(lake, ledger, waiting.popleft(), rules)


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
    if found.action is not Action.READ:
        return _finish(lake, ledger, _Begun(dataset, day, found, None), rules)
    with ExitStack() as stack:
        bench = con or stack.enter_context(open_workbench(lake, rules))
        return _record(ledger, dataset, found, rules, store_partition(bench, lake, dataset, found, rules, on_examined))


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


def _finish(lake: Lake, ledger: Ledger, begun: _Begun, rules: IngestRules) -> IngestOutcome:
    """Have the ledger follow what was decided, and done, for a partition."""
    found = begun.found
    match found.action:
        case Action.FORGET_LANDING:
            return _forget_landing(lake, ledger, begun.dataset, begun.day, found)
        case Action.STAY_PRUNED:
            return IngestOutcome("pruned")
        case Action.KEEP:
            return _keep(ledger, found)
        case Action.STAY_REFUSED:
            return _stay_refused(ledger, found)
        case Action.READ:
            assert begun.job is not None  # noqa: S101  what reads was begun
            return _record(ledger, begun.dataset, found, rules, begun.job.outcome())


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


def _record(ledger: Ledger, dataset: Dataset, found: Assessment, rules: IngestRules, stored: Stored) -> IngestOutcome:
    """Write what became of a partition into the ledger: its row comes last."""
    assert found.landed is not None  # noqa: S101  what READ means
    counts, day = stored.counts, found.landed.date
    if counts is None or stored.cause is not None:
        refusal = RefusalRecord(
            dataset=dataset.name,
            partition_date=day,
            landing_signature=found.refusal_signature,
            landing_hash=landing_hash_of(rules.digest(dataset, refused=True), stored.digests),
            cause=stored.cause or "",
            rows_read=counts.rows_read if counts else 0,
            reasons=counts.reasons if counts else {},
            refused_at=datetime.now(UTC),
        )
        ledger.record_refused(refusal)
        return IngestOutcome("refused", record=found.known, refusal=refusal)
    record = PartitionRecord(
        dataset=dataset.name,
        partition_date=day,
        landing_signature=found.signature,
        landing_hash=stored.landing_hash,
        content_hash=stored.content_hash,
        files=len(stored.digests),
        rows_read=counts.rows_read,
        rows_accepted=counts.rows_accepted,
        rows_quarantined=counts.rows_quarantined,
        rows_duplicate=counts.rows_duplicate,
        ingested_at=datetime.now(UTC),
        unexpected_columns=tuple(dict.fromkeys(shortened(name, LONGEST_NAME) for name in stored.unexpected_columns)),
        ignored_files=found.landed.ignored,
        reasons=counts.reasons,
        partners=counts.partners,
    )
    PartitionAccounts(ledger).record(dataset.name, day, stored.landing_hash, record.content_hash, stored.accounts)
    ledger.record_loaded(record)
    return IngestOutcome("loaded", record=record)
