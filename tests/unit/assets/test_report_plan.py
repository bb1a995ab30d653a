"""What a run is told of the days that it can't build, and when it ends for them."""

from datetime import date, timedelta
from types import SimpleNamespace

import dagster as dg
import pytest

from assets.resources import BuildConfig
from assets.warehouse import report_plan
from planning.buildable import DayPlan

D = date(2026, 3, 10)
PRUNED = "customers before 2025-03-10 were pruned"


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def report(plan: DayPlan) -> tuple[bool, list[str]]:
    said: list[str] = []
    log = SimpleNamespace(warning=said.append, info=said.append)
    return report_plan(SimpleNamespace(log=log), plan, BuildConfig()), said  # type: ignore[arg-type]


def test_days_before_the_window_that_keep_their_rows_are_said():
    plan = DayPlan(first=D, last=D, days=(D,), pruned={day(-1): PRUNED})
    assert report(plan) == (True, [f"2026-03-09 can't be built: {PRUNED}"])


@pytest.mark.parametrize(("kept", "named"), [((1,), "2026-03-11"), ((1, 2), "2026-03-11…2026-03-12")])
def test_days_within_it_end_the_run_since_their_rows_would_be_replaced(kept, named):
    plan = DayPlan(first=D, last=day(3), days=(D, day(3)), pruned=dict.fromkeys(map(day, kept), PRUNED))
    with pytest.raises(dg.Failure, match=f"^{named} keep their rows, since {PRUNED}: choose a range without them$"):
        report(plan)
