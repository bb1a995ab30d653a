"""Few results of a check stay, and never fewer than say something of some day that nothing newer says."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from expectations.results import CheckResult, Severity
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import CheckedWindow
from storage.ledger.superseded_checks import forget_superseded, superseded

START = date(2026, 1, 1)


def window(first: int, last: int, *, stays: bool = False) -> CheckedWindow:
    return CheckedWindow(START + timedelta(days=first), START + timedelta(days=last), stays)


def test_a_window_goes_once_newer_ones_hold_all_of_its_days() -> None:
    old = window(0, 3, stays=True)
    assert superseded([window(0, 1), old]) == []
    assert superseded([window(2, 3), window(0, 1), old]) == [old]


def test_of_many_windows_the_newest_stay_and_those_that_block_or_were_accepted() -> None:
    windows = [window(day, day, stays=day == 2) for day in range(9, -1, -1)]
    kept = [found for found in windows if found not in superseded(windows, kept=3)]
    assert kept == [window(9, 9), window(8, 8), window(7, 7), window(2, 2, stays=True)]


def test_a_backfill_of_old_days_leaves_the_result_of_the_newest_day() -> None:
    windows = [window(0, 0), window(1, 1), window(2, 2), window(99, 99)]
    assert superseded(windows, kept=2) == [window(2, 2)]


WINDOWS = st.lists(
    st.builds(
        lambda first, length, stays: window(first, first + length, stays=stays),
        st.integers(0, 12),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda found: (found.first, found.last),
)


@given(WINDOWS)
def test_the_newest_word_on_each_day_is_kept(windows: list[CheckedWindow]) -> None:
    kept = [found for found in windows if found not in superseded(windows, kept=100)]
    for offset in range(20):
        day = START + timedelta(days=offset)

        def newest(among: list[CheckedWindow], of: date = day) -> CheckedWindow | None:
            return next((found for found in among if found.first <= of <= found.last), None)

        assert newest(kept) == newest(windows)


def test_results_of_raw_partitions_and_of_other_checks_stay(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        results = CheckResults(ledger)
        for number in range(4):
            day = START + timedelta(days=number)
            for asset, check in (("raw/customers", "contract"), ("marts/a", "grain"), ("marts/b", "sums")):
                results.record([CheckResult(asset, check, day, day, Severity.ERROR, passed=True)], f"run{number}")
        forget_superseded(ledger, kept=1)
        left = [(found.result.asset, found.result.first_date.day) for found in results.rows()]
    assert left == [("marts/a", 4), ("marts/b", 4), *(("raw/customers", day) for day in (1, 2, 3, 4))]
