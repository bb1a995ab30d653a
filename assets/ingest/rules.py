"""What besides its files decides what becomes of a landing partition."""

import os
import resource
from dataclasses import dataclass, field
from importlib.metadata import version

from expectations.contract import CONTRACT_VERSION, MAX_QUARANTINED_ROWS, Dataset
from sources.readers.limits import MEMORY_LIMIT, ReadLimits
from storage.lake.hashing import key_fingerprint


@dataclass(frozen=True)
class IngestRules:
    """What besides the files decides the result, and the resources that reading may use."""

    holder_key: bytes
    max_quarantined_share: float
    memory_limit: str = MEMORY_LIMIT
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


def _means() -> str:
    """What reading works with: the reader's version, and the memory. A file that was too much may be read with more."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"Arrow {version('pyarrow')}, memory {machine} {resource.getrlimit(resource.RLIMIT_AS)[0]}"
