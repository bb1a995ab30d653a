"""Calendar days: the earliest ones, spans of them, and runs of consecutive ones."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

EARLIEST_AS_OF_DATE = date(2020, 1, 1)
EARLIEST_PARTITION = date(2019, 10, 1)
"""Fixed, so that assets need no settings to exist; early enough for what the first as-of date looks back on."""
RUN_DAYS = 120
"""As-of days that one run builds at the most, where nobody says otherwise."""


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from first to last, both included; none when last is before first."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def ranges(days: Iterable[date], longest: int) -> list[tuple[date, date]]:
    """Join days into runs of consecutive days, none longer than `longest`."""
    joined: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if joined and (day - joined[-1][1]).days == 1 and (day - joined[-1][0]).days < longest:
            joined[-1] = (joined[-1][0], day)
        else:
            joined.append((day, day))
    return joined
