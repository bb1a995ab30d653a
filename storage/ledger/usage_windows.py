"""Whether a partner delivered usage of a product at all: marts count 0 where nobody used it, and where nothing came.

It is looked up when a day is built, from the same rows as its marts, kept here, and published as `meta.usage_windows`;
what reads the publication shows figures without any usage behind them as unknown.
"""

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date

from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists usage_windows (
    as_of_date text not null,
    partner_id text not null,
    product text not null,
    usage_days integer not null,
    usage_days_90d integer not null,
    usage_days_week_before integer not null,
    primary key (as_of_date, partner_id, product)
) without rowid
"""


@dataclass(frozen=True)
class UsageWindow:
    """The activity dates with a row of a partner and product that an as-of day sees."""

    as_of_date: date
    partner_id: str
    product: str
    usage_days: int
    """Of the window of used licences."""
    usage_days_90d: int
    usage_days_week_before: int
    """Of that window as the weekly change sees it, a week before."""


_COLUMNS = [field.name for field in fields(UsageWindow)]


class UsageWindows:
    """The usage windows of a ledger's built days; a day that was built by an earlier version has none."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def record(self, first: date, last: date, windows: Iterable[UsageWindow]) -> None:
        """Store the windows of a build of first..last in place of earlier ones."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "delete from usage_windows where as_of_date between ? and ?", [first.isoformat(), last.isoformat()]
            )
            connection.executemany(
                f"insert into usage_windows ({', '.join(_COLUMNS)}) values (?, ?, ?, ?, ?, ?)",
                [(window.as_of_date.isoformat(), *astuple(window)[1:]) for window in windows],
            )

    def read(self, days: Collection[date]) -> list[UsageWindow]:
        """The windows of some days, by day, partner and product."""
        rows = self._ledger.connection.execute(
            f"select {', '.join(_COLUMNS)} from usage_windows order by as_of_date, partner_id, product"
        )
        found = (UsageWindow(date.fromisoformat(row["as_of_date"]), *tuple(row)[1:]) for row in rows)
        return [window for window in found if window.as_of_date in days]
