"""Keeping the results of mart checks few: what newer ones have superseded, and what passed long ago, goes."""

from datetime import date

from storage.ledger.check_results import delete_windows, windows_of_models
from storage.ledger.file import LedgerFile
from storage.ledger.recorded_checks import CheckedWindow

KEPT_WINDOWS = 90
"""Results of a check that stay, the newest, whatever they say: a quarter of daily builds."""


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


def forget_superseded(ledger: LedgerFile, kept: int = KEPT_WINDOWS) -> None:
    """Delete superseded results of checks of staging, intermediate models and marts; results of raw partitions stay."""
    with ledger.transaction() as connection:
        for (asset, check), windows in windows_of_models(connection):
            delete_windows(connection, asset, check, superseded(windows, kept))
