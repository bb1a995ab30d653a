"""Keeping the results of mart checks few: what newer ones have superseded, and what passed long ago, goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from storage.ledger.ledger import Ledger

KEPT_WINDOWS = 90
"""Results of a check that stay, the newest, whatever they say: a quarter of daily builds."""


@dataclass(frozen=True)
class CheckedWindow:
    """A stored result of a check, without what it says: the days that it is of, whether it stays for itself."""

    first: date
    last: date
    stays: bool
    """It failed and blocks, or was accepted: it stays until newer results are of all its days."""


def superseded(windows: list[CheckedWindow], kept: int = KEPT_WINDOWS) -> list[CheckedWindow]:
    """The windows, newest check first, that can go.

    A window goes when newer results are of each of its days. Of the others the newest `kept` stay, the one with the
    newest day, and all that stay for themselves.
    """
    covered: set[int] = set()
    gone: list[CheckedWindow] = []
    standing: list[CheckedWindow] = []
    for window in windows:
        days = set(range(window.first.toordinal(), window.last.toordinal() + 1))
        (gone if days <= covered else standing).append(window)
        covered |= days
    newest = max((window.last for window in standing), default=date.min)
    return gone + [window for window in standing[kept:] if not window.stays and window.last != newest]


def forget_superseded(ledger: Ledger, kept: int = KEPT_WINDOWS) -> None:
    """Delete superseded results of checks of staging, intermediate models and marts; results of raw partitions stay."""
    with ledger.transaction() as connection:
        for (asset, check), windows in _checked_windows(ledger):
            connection.executemany(
                "delete from check_results where asset = ? and check_name = ? and first_date = ? and last_date = ?",
                [(asset, check, w.first.isoformat(), w.last.isoformat()) for w in superseded(windows, kept)],
            )


def _checked_windows(ledger: Ledger) -> Iterator[tuple[tuple[str, str], list[CheckedWindow]]]:
    rows = ledger.connection.execute(
        "select asset, check_name, first_date, last_date,"
        " (not passed and severity = 'error') or accepted_reason is not null as stays"
        " from check_results where asset not like 'raw/%' and partner_id = ''"
        " order by asset, check_name, checked_at desc, last_date desc"
    ).fetchall()
    for key, group in groupby(rows, key=lambda row: (row["asset"], row["check_name"])):
        yield (
            key,
            [
                CheckedWindow(
                    date.fromisoformat(row["first_date"]), date.fromisoformat(row["last_date"]), bool(row["stays"])
                )
                for row in group
            ],
        )
