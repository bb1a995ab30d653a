"""Whether a landing partition has to be read: decided by stat facts, then by content, before anything is parsed."""

import hashlib
import os
import resource
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from importlib.metadata import version

from expectations.contract import CONTRACT_VERSION, MAX_QUARANTINED_ROWS, Dataset
from planning.records import PartitionRecord, RefusalRecord
from sources.landing.folder import LandingFolder, LandingPartition, file_name
from sources.readers.limits import ReadLimits
from sources.readers.reading import file_digest
from storage.lake.hashing import key_fingerprint
from storage.lake.lake import Lake
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger


@dataclass(frozen=True)
class IngestRules:
    """What besides the files decides the result, and the resources that reading may use."""

    holder_key: bytes
    max_quarantined_share: float
    memory_limit: str = "1GB"
    threads: int | None = None
    max_quarantined_rows: int = MAX_QUARANTINED_ROWS
    limits: ReadLimits = field(default_factory=ReadLimits)

    def digest(self, dataset: Dataset, *, refused: bool = False) -> str:
        """What decides the result for a dataset, as one line that reveals nothing of the key.

        A refusal hangs on more: on the limits, and on whether the file could be read at all.
        """
        fingerprint = key_fingerprint(self.holder_key) if dataset.personal_columns else "no key"
        limits = f"share {self.max_quarantined_share}, rows {self.max_quarantined_rows}"
        digest = f"contract {CONTRACT_VERSION}, {fingerprint}, {limits}"
        return f"{digest}, {self.limits.digest()}, {_means()}" if refused else digest


def fingerprint_in(signature: str) -> str:
    """The fingerprint of the key that usage was hashed with, as the signature of its landing files names it.

    Versions of the contract differ in the rest of the line alone. Empty where the signature names none.
    """
    parts = signature.partition("\n")[0].split(", ")
    return parts[1] if len(parts) > 1 else ""


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


def _means() -> str:
    """What reading works with: the reader's version, and the memory. A file that was too much may be read with more."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"Arrow {version('pyarrow')}, memory {machine} {resource.getrlimit(resource.RLIMIT_AS)[0]}"
