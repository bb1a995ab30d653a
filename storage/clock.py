"""The clock: the one place that says what time it is in UTC, and so which day is today.

No model reads it, and no check does: a day's rows come from its partitions alone. Callers write `clock.today()`, so
that a test that replaces `now` sets every answer.
"""

from datetime import UTC, date, datetime

from planning import freshness


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The UTC day that is not over yet: the newest that can be asked for, and what is built of it is provisional."""
    return now().date()


def last_complete_day() -> date:
    """Yesterday in UTC: the newest day whose feeds can be complete."""
    return freshness.last_complete_day(now())
