"""As-of days on the command line: reading them, and showing many of them (or of anything) briefly."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from cli.errors import UsageError, UserError
from expectations.wording import LONGEST_NAME, shortened
from planning.days import ranges
from storage import clock

TODAY = "today"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str, option: str) -> date:
    """A day written YYYY-MM-DD, or `today`: the UTC day that is not over yet.

    Raises:
        UserError: it is none.
    """
    if text.lower() == TODAY:
        return clock.today()
    try:
        if not _DATE.fullmatch(text):  # fromisoformat also takes 20260131 and 2026-W05-6
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        or_today = f", or {TODAY}" if option in ("--from", "--to") else ""
        raise UserError(f"{option} {text!r} is no day of the calendar; write YYYY-MM-DD{or_today}") from None


def asked_day(text: str | None, option: str) -> date | None:
    """The same of an option that may be left out, where a day that is none is wrong usage.

    Commands that are older than exit code 2 take `parse_day`: scripts hold them to 1.

    Raises:
        UsageError: it is none.
    """
    try:
        return None if text is None else parse_day(text, option)
    except UserError as error:
        raise UsageError(str(error)) from None


def check_order(first: date | None, last: date | None) -> None:
    """Raise `UsageError` for a range that runs backwards; with an open end it does not."""
    if first is not None and last is not None and first > last:
        raise UsageError(f"--from {first} is after --to {last}; swap them")


def check_window(first: date, last: date, first_date: date, *, option: str = "--from") -> None:
    """Raise `UserError` unless first..last are days from `first_date` to today, the right way round.

    Args:
        option: the one that `first` was given with.
    """
    check_order(first, last)
    today = clock.today()
    for named, day in ((option, first), ("--to", last)):
        if day > today:
            raise UserError(f"{named} {day} is not over yet in UTC; today, {today}, is the newest that can be built")
    if first < first_date:
        raise UserError(f"{option} {first} is before {first_date}, the first as-of date (PORTFOLIO_FIRST_DATE)")


def brief(days: Iterable[date], most: int = 6) -> str:
    """Days as ranges, `2026-01-01…2026-01-05, 2026-01-09`, and how many more ranges there are."""
    joined = ranges(days, longest=10**6)
    shown = [str(first) if first == last else f"{first}…{last}" for first, last in joined[:most]]
    more = f" and {len(joined) - most} more" if len(joined) > most else ""
    return ", ".join(shown) + more


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, cut, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(name, LONGEST_NAME) for name in names[:most]) + more
