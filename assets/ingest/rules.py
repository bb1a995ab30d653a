"""What besides its files decides what becomes of a landing partition."""

import os
import resource
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version

from expectations.contract import CONTRACT_VERSION, MAX_QUARANTINED_ROWS, Dataset
from sources.readers.limits import MEMORY_LIMIT, ReadLimits
from storage.lake.hashing import key_fingerprint


@dataclass(frozen=True)
class KeylessRules:
    """What besides the files and the key of the licence holders' hash decides the result, and what reading may use."""

    max_quarantined_share: float
    """Share of bad rows that refuses a partition."""
    memory_limit: str = MEMORY_LIMIT
    """Memory that DuckDB may use."""
    threads: int | None = None
    """Threads that DuckDB may use; None: every core."""
    max_quarantined_rows: int = MAX_QUARANTINED_ROWS
    """Bad rows up to which no partition is refused for their share."""
    limits: ReadLimits = field(default_factory=ReadLimits)
    """What is too large to be read."""

    def with_key(self, holder_key: bytes) -> "IngestRules":
        """The same rules with a key."""
        return IngestRules(**vars(self), holder_key=holder_key)


@dataclass(frozen=True)
class IngestRules(KeylessRules):
    """All that decides the result besides the files."""

    holder_key: bytes = field(kw_only=True, repr=False)
    """Key of the licence holders' hash."""

    def digest(self, dataset: Dataset, *, refused: bool = False) -> str:
        """What decides the result for a dataset, as one line that reveals nothing of the key.

        A refusal depends on more: on the limits, and on whether the file could be read at all.
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
    return f"Arrow {_arrow()}, memory {machine} {resource.getrlimit(resource.RLIMIT_AS)[0]}"


@cache
def _arrow() -> str:
    """The reader's version; asking takes 0.2 ms, and each partition is asked about."""
    return version("pyarrow")
