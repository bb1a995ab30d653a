"""Whether a landing partition has to be read: decided by stat facts, then by content, before anything is parsed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from expectations.contract import CONTRACT_VERSION, MAX_QUARANTINED_ROWS, Dataset
from sources.files import LandingFolder, LandingPartition, file_name
from sources.reading import file_digest
from storage.hashing import key_fingerprint
from storage.horizons import horizons
from storage.lake import Lake
from storage.ledger import Ledger
from storage.records import PartitionRecord, RefusalRecord


@dataclass(frozen=True)
class IngestRules:
    """What besides the files decides the result, and the resources that reading may use."""

    holder_key: bytes
    max_quarantined_share: float
    memory_limit: str = "1GB"
    threads: int | None = None
    max_quarantined_rows: int = MAX_QUARANTINED_ROWS

    def digest(self, dataset: Dataset) -> str:
        """The part that decides the result for a dataset, as text that reveals nothing of the key."""
        fingerprint = key_fingerprint(self.holder_key) if dataset.personal_columns else "no key"
        limits = f"share {self.max_quarantined_share}, rows {self.max_quarantined_rows}"
        return f"contract {CONTRACT_VERSION}, {fingerprint}, {limits}"


class Action(Enum):
    """What ingesting a partition comes to."""

    READ = auto()
    KEEP = auto()
    STAY_REFUSED = auto()
    FORGET_LANDING = auto()
    STAY_PRUNED = auto()


@dataclass(frozen=True)
class Assessment:
    """What to do with a partition, and the facts that decided it."""

    action: Action
    landed: LandingPartition | None
    signature: str
    known: PartitionRecord | None
    refusal: RefusalRecord | None


def assess(
    landing: LandingFolder,
    lake: Lake,
    ledger: Ledger,
    dataset: Dataset,
    day: date,
    rules: IngestRules,
    *,
    reread: bool,
) -> Assessment:
    """Decide what to do; `reread` reads though nothing changed.

    A partition is kept when its files, or their content, and its lake files are those that the ledger describes. Files
    are hashed only when their stat facts differ from the recorded ones. What was pruned is not read again.
    """
    landed = landing.partition(dataset.name, day)
    known, refusal = ledger.partition(dataset.name, day), ledger.refusal(dataset.name, day)
    if day < horizons(ledger).get(dataset.name, date.min):
        return Assessment(Action.STAY_PRUNED, landed, "", known, refusal)
    if landed is None:
        return Assessment(Action.FORGET_LANDING, None, "", known, refusal)
    signature = f"{rules.digest(dataset)}\n{landed.signature()}"

    def decided(action: Action) -> Assessment:
        return Assessment(action, landed, signature, known, refusal)

    intact = known if known is not None and lake.holds(known) else None
    if reread or (intact is None and refusal is None):
        return decided(Action.READ)
    if refusal is not None and refusal.landing_signature == signature:
        return decided(Action.STAY_REFUSED)
    if refusal is None and intact is not None and intact.landing_signature == signature:
        return decided(Action.KEEP)
    landing_hash = landing_hash_of(dataset, rules, [(file_name(path), file_digest(path)) for path in landed.files])
    if intact is not None and intact.landing_hash == landing_hash:
        return decided(Action.KEEP)
    if refusal is not None and refusal.landing_hash == landing_hash:
        return decided(Action.STAY_REFUSED)
    return decided(Action.READ)


def landing_hash_of(dataset: Dataset, rules: IngestRules, files: Sequence[tuple[str, str]]) -> str:
    """SHA-256 over the files' names and digests in order of reading, and the rules."""
    lines = [rules.digest(dataset), *(f"{digest} {name}" for name, digest in files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
