"""Whether a landing partition has to be read: decided by stat facts, then by content, before anything is parsed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from assets.ingest.rules import IngestRules
from expectations.contract import Dataset
from planning.records import PartitionRecord, RefusalRecord
from sources.landing.folder import LandingFolder, LandingPartition, file_name
from sources.readers.reading import file_digest
from storage.lake.lake import Lake
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger


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
    """Of the landing files and the rules; `refusal_signature` is the one of a refusal."""
    known: PartitionRecord | None
    refusal: RefusalRecord | None
    refusal_signature: str = ""


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
    facts = landed.signature()
    signature = f"{rules.digest(dataset)}\n{facts}"
    refusal_signature = f"{rules.digest(dataset, refused=True)}\n{facts}"

    def decided(action: Action) -> Assessment:
        return Assessment(action, landed, signature, known, refusal, refusal_signature)

    intact = known if known is not None and lake.holds(known) else None
    if reread or (intact is None and refusal is None):
        return decided(Action.READ)
    if refusal is not None and refusal.landing_signature == refusal_signature:
        return decided(Action.STAY_REFUSED)
    if refusal is None and intact is not None and intact.landing_signature == signature:
        return decided(Action.KEEP)
    files = [(file_name(path), file_digest(path)) for path in landed.files]
    if intact is not None and intact.landing_hash == landing_hash_of(rules.digest(dataset), files):
        return decided(Action.KEEP)
    if refusal is not None and refusal.landing_hash == landing_hash_of(rules.digest(dataset, refused=True), files):
        return decided(Action.STAY_REFUSED)
    return decided(Action.READ)


def landing_hash_of(rules: str, files: Sequence[tuple[str, str]]) -> str:
    """SHA-256 over the files' names and digests in order of reading, and the rules' digest."""
    lines = [rules, *(f"{digest} {name}" for name, digest in files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
