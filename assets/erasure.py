"""Taking somebody out of the landing files, which would bring them back when they are read again."""

import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from assets.ingest.decision import Action, Assessment, assess, landing_hash_of
from assets.ingest.rules import IngestRules
from expectations.contract import DATASETS, SUBSCRIPTIONS, Dataset
from expectations.delivery import DeliveredFile
from sources.erasing.naming import Named, named_records, owners
from sources.erasing.rewriting import with_token, without_records
from sources.landing.folder import LandingFolder, LandingPartition, file_ending, file_name
from sources.readers.limits import ReadLimits
from sources.readers.reading import attempt, file_digest, holds_any, read_file
from storage.files.atomic import replacing
from storage.lake.erasure import LandingFacts, Partition
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger


class Replacement(Protocol):
    """What becomes of the records that name somebody."""

    @property
    def named(self) -> Named:
        """Whom they name."""

    def rewritten(self, file: DeliveredFile, content: bytes, numbers: frozenset[int], dataset: Dataset) -> bytes:
        """The file's bytes without them."""


@dataclass(frozen=True)
class TokenForHolder:
    """A licence holder's id becomes a random word."""

    named: Named
    user_id: str
    token: str

    def rewritten(self, file: DeliveredFile, content: bytes, numbers: frozenset[int], dataset: Dataset) -> bytes:
        """The file's bytes with the word in place of the id."""
        return with_token(file.name, content, numbers, file.rows_read, dataset, self.user_id, self.token)


@dataclass(frozen=True)
class RecordsLeftOut:
    """A customer's records go."""

    named: Named

    def rewritten(self, file: DeliveredFile, content: bytes, numbers: frozenset[int], dataset: Dataset) -> bytes:
        """The file's bytes without the records."""
        return without_records(file.name, content, numbers, file.rows_read)


@dataclass
class LandingSweep:
    """What the landing folder holds of somebody."""

    rewritten: list[Path] = field(default_factory=list)
    held: list[Path] = field(default_factory=list)
    """Files that still name them: not rewritten, or not readable."""
    facts: dict[Partition, LandingFacts] = field(default_factory=dict)
    """Rewritten partitions that the lake held as they were before."""


def sweep_landing(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    rules: IngestRules,
    replacements: Sequence[Replacement],
    *,
    rewrite: bool,
) -> LandingSweep:
    """Find the landing files that name somebody; with `rewrite`, take them out, file by file.

    A refusal follows its files at once. A file that can't be read and may name them is only listed.
    """
    sweep = LandingSweep()
    for dataset in DATASETS.values():
        for day in landing.days(dataset.name):
            partition = landing.partition(dataset.name, day)
            assert partition is not None  # noqa: S101  a day that is listed has files
            before = assess(landing, lake, ledger, dataset, day, rules, reread=False) if rewrite else None
            changed = _sweep_partition(sweep, partition, dataset, replacements, rules.limits, rewrite=rewrite)
            if changed and before is not None:
                _follow(sweep, landing, ledger, rules, dataset, day, before)
    return sweep


def subscription_owners(landing: LandingFolder, customer_id: str, limits: ReadLimits) -> Iterator[tuple[str, str, str]]:
    """Partner, subscription and customer of every row of the landing files of subscriptions that name a customer."""
    for day in landing.days(SUBSCRIPTIONS.name):
        partition = landing.partition(SUBSCRIPTIONS.name, day)
        for path in partition.files if partition else ():
            if _may_hold(path, [customer_id], limits) and (file := read_file(path, SUBSCRIPTIONS, limits).delivered):
                yield from owners(file)


def _sweep_partition(
    sweep: LandingSweep,
    partition: LandingPartition,
    dataset: Dataset,
    replacements: Sequence[Replacement],
    limits: ReadLimits,
    *,
    rewrite: bool,
) -> bool:
    """Sweep a partition's files; whether one was rewritten."""
    changed = False
    for path in partition.files:
        for replacement in replacements:
            if not replacement.named.concerns(dataset) or not _may_hold(path, replacement.named.words, limits):
                continue
            file = read_file(path, dataset, limits).delivered
            if file is not None and not (numbers := named_records(file, dataset, replacement.named)):
                continue
            if file is None or not rewrite or not _rewrite(path, file, numbers, dataset, replacement):
                sweep.held.append(path)
                break
            changed = True
            if path not in sweep.rewritten:
                sweep.rewritten.append(path)
    return changed


def _rewrite(
    path: Path, file: DeliveredFile, numbers: frozenset[int], dataset: Dataset, replacement: Replacement
) -> bool:
    content, _ = attempt(lambda: replacement.rewritten(file, path.read_bytes(), numbers, dataset), file.name)
    if content is None:
        return False
    with replacing(path) as beside:
        beside.write_bytes(content)
        shutil.copymode(path, beside)
    return True


def _follow(
    sweep: LandingSweep,
    landing: LandingFolder,
    ledger: Ledger,
    rules: IngestRules,
    dataset: Dataset,
    day: date,
    before: Assessment,
) -> None:
    """What was ingested, or refused, as it was before is so as it is now: nothing has to be read again."""
    partition = landing.partition(dataset.name, day)
    assert partition is not None  # noqa: S101  its files were written a moment ago
    files = [(file_name(path), file_digest(path)) for path in partition.files]
    refused = before.action is Action.STAY_REFUSED
    digest = rules.digest(dataset, refused=refused)
    signature, content = f"{digest}\n{partition.signature()}", landing_hash_of(digest, files)
    if before.action is Action.KEEP:
        sweep.facts[dataset.name, day] = LandingFacts(signature, content)
    elif refused and before.refusal is not None:
        ledger.record_refused(replace(before.refusal, landing_signature=signature, landing_hash=content))


def _may_hold(path: Path, words: Collection[str], limits: ReadLimits) -> bool:
    """Whether a file may hold one of the words; a Parquet file always may, since its text is compressed."""
    return file_ending(path.name) == ".parquet" or holds_any(path, words, limits)
