"""What is known of partitions, in input rows and UTC, and of as-of days: plain records."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Outcome = Literal["built", "blocked", "without_snapshot"]


@dataclass(frozen=True)
class PartitionRecord:
    """A partition that the lake holds. rows_read = rows_accepted + rows_quarantined + rows_duplicate (input rows)."""

    dataset: str
    partition_date: date
    landing_signature: str
    """Stat facts of the landing files, and the rules they were read by: equal means that nothing was touched."""
    landing_hash: str
    """Content of the landing files, and everything else that decides the result."""
    content_hash: str
    """The accepted rows as typed values, in any order: what later stages depend on."""
    files: int
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_duplicate: int
    ingested_at: datetime
    unexpected_columns: tuple[str, ...] = ()
    ignored_files: tuple[str, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    """Quarantined rows per reason."""
    partners: dict[str, int] = field(default_factory=dict)
    """Accepted input rows per partner_id."""


@dataclass(frozen=True)
class RefusalRecord:
    """A partition whose landing files were refused; what the lake held before stays there."""

    dataset: str
    partition_date: date
    landing_signature: str
    landing_hash: str
    cause: str
    """One line that names file and columns, or the share of broken rows and the top reasons."""
    rows_read: int
    refused_at: datetime
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DayRecord:
    """A day whose build passed every blocking check, or that had nothing to build."""

    outcome: Outcome
    inputs_hash: str
    rules: str
    """Thresholds, models and contract version that it was built with, as a JSON object of texts."""
    recorded_at: datetime
    provisional: bool = False
    """The day was not over when landing was read for it."""
