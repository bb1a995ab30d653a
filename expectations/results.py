"""What a data-quality check found, whatever ran it: a row check, a Great Expectations suite or a dbt test."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

RAW = "raw/"
"""Before a dataset's name it makes the asset of a lake partition's results; others are of models."""
WOULD_BLOCK, WOULD_WARN = "would block", "would warn"
"""What a check that only informs would do, had it enough to judge by: begins the last bracket of its message."""


class Severity(StrEnum):
    """What a failed check does."""

    ERROR = "error"
    """It blocks: nothing that depends on what was checked is published."""
    WARN = "warn"
    """It is reported."""
    INFO = "info"
    """It is reported where someone looks: there is too little history to judge by."""


@dataclass(frozen=True)
class CheckResult:
    """One check of one asset over the partitions first_date … last_date (the same day for a single partition)."""

    asset: str
    """The asset key with slashes, such as `raw/customers` or `marts/portfolio_kpis`."""
    check_name: str
    first_date: date
    last_date: date
    severity: Severity
    passed: bool
    message: str = ""
    """One line: what was observed, what was expected."""
    failures: int = 0
    """Rows, or partners, that failed."""
    partner_id: str | None = None
    """The partner that was checked; None for a check over all."""
    sample: tuple[Mapping[str, str], ...] = ()
    """A few of the failed rows, as texts; never a licence holder's id."""

    @property
    def would_block(self) -> bool:
        """Whether it only informs, and would block if there were more to compare with."""
        return (
            not self.passed
            and self.severity is Severity.INFO
            and self.message.rpartition(" (")[2].startswith(WOULD_BLOCK)
        )

    @property
    def blocks(self) -> bool:
        """Whether it stops what depends on it, unless a person accepts it."""
        return not self.passed and self.severity is Severity.ERROR
