"""The clock: the one place that says what time it is in UTC, and so which day is today.

No model reads it, and no check does: a day's rows come from its partitions alone. Callers write `clock.today()`, so
that a test that replaces `now` sets every answer. `PORTFOLIO_NOW` stops it: whoever reads the settings hands that on.
"""

from datetime import UTC, date, datetime

from planning import freshness

_stopped: datetime | None = None


def stop(at: datetime | None) -> None:
    """Have the clock of this process say one time from now on (None: have it go again).

    Args:
        at: a time with its zone.
    """
    global _stopped
    _stopped = None if at is None else at.astimezone(UTC)


def now() -> datetime:
    """This moment, in UTC."""
    return _stopped or datetime.now(UTC)


def moment(known: datetime) -> datetime:
    """A time that is known otherwise, such as a schedule's tick; where the clock was stopped, the time that it says."""
    return _stopped or known


def today() -> date:
    """The UTC day that is not over yet: the newest that can be asked for, and what is built of it is provisional."""
    return now().date()


def last_complete_day() -> date:
    """Yesterday in UTC: the newest day whose feeds can be complete."""
    return freshness.last_complete_day(now())
