"""The day that is not over: what lies there of it, what that means, and which command builds it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from planning.look_back import required_snapshots
from sources.landing.folder import LandingError, LandingFolder


def today_lines(
    landing: LandingFolder, published: Collection[date], provisional: date | None, today: date
) -> Iterator[str]:
    """A line for the provisional day that is published, and one for snapshots of today that wait in landing.

    Args:
        published: the published as-of dates.
        provisional: the one of them that was built before it was over.
        today: the UTC day that is not over.
    """
    if provisional is not None:
        yield provisional_line(provisional, today)
    if today not in published and (names := snapshots_of(landing, today)):
        yield waiting_line(names, today)


def snapshots_of(landing: LandingFolder, day: date) -> list[str]:
    """The snapshot datasets that have landing files of a day; none where landing can't be looked at."""
    try:
        return [name for name in required_snapshots() if landing.partition(name, day) is not None]
    except LandingError:  # whoever only reads the publication can do without
        return []


def waiting_line(names: Sequence[str], today: date) -> str:
    """What it means that landing has snapshots of today."""
    return (
        f"today: {', '.join(names)} of {today} are in landing, and the day is not over (UTC):"
        " `portfolio materialize --to today` builds it now, marked provisional;"
        " without dates it is built once it is over"
    )


def provisional_line(day: date, today: date) -> str:
    """What it means that a published day was built before it was over."""
    if day >= today:
        again = "`portfolio materialize` builds it again once it is over, and `--to today` at any time"
        return f"provisional: {day}: it is published, and not over (UTC); {again}"
    return f"provisional: {day}: it was built before it was over (UTC); `portfolio materialize` builds it again"
