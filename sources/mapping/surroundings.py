"""What mapping a file takes beside its feed: folders, limits and today."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sources.readers.limits import MEMORY_LIMIT, ReadLimits, size_in_bytes


@dataclass(frozen=True)
class Surroundings:
    """Where things are, and how much there may be of them."""

    inbox: Path
    """The folder that the feeds' patterns go on from."""
    lookups: Path
    """The folder that the paths of lookups' files go on from: the mapping file's own."""
    scratch: Path
    """A folder of one's own, for what is unpacked and written meanwhile."""
    today: date
    """The UTC day that is not over."""
    limits: ReadLimits = field(default_factory=ReadLimits)
    memory: int = size_in_bytes(MEMORY_LIMIT)
    """Bytes that may be used."""

    @property
    def last_over(self) -> date:
        """The last day that is over."""
        return self.today - timedelta(days=1)
