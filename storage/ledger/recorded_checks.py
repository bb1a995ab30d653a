"""Results of checks as the ledger has them: plain records."""

from dataclasses import dataclass
from datetime import date, datetime

from expectations.results import CheckResult


@dataclass(frozen=True)
class RecordedResult:
    """A result, the run that found it and when (UTC), and why a person accepted its failure, if one did."""

    result: CheckResult
    content_hash: str
    """The partition's accepted rows that were checked; empty for marts."""
    run_id: str
    checked_at: datetime
    accepted_reason: str | None = None
    accepted_at: datetime | None = None

    @property
    def status(self) -> str:
        """`passed`, `failed` or `accepted`."""
        if self.result.passed:
            return "passed"
        return "failed" if self.accepted_reason is None else "accepted"


@dataclass(frozen=True)
class CheckedWindow:
    """A stored result of a check, without what it says: the days that it is of, whether it stays for itself."""

    first: date
    last: date
    stays: bool
    """It failed and blocks, or was accepted: it stays until newer results are of all its days."""


@dataclass(frozen=True)
class Words:
    """What a result says in words: rows of its sample, its message, and why a person accepted it, if one did."""

    sample: list[dict[str, str]]
    message: str
    accepted_reason: str | None
