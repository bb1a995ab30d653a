"""Lengths of windows: declared in Python, named by macros in dbt, and spelled out nowhere else."""

import re
from datetime import date
from math import prod
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from expectations import windows
from expectations.windows import (
    DAY_AFTER_CHANGE_DAYS,
    FORECAST_DAYS,
    GROWTH_DAYS,
    LONG_USED_WINDOW_DAYS,
    RETENTION_DAYS,
    USED_WINDOW_DAYS,
    WEEKLY_CHANGE_DAYS,
)
from planning.look_back import (
    activity_look_back_days,
    compared_from,
    days_before,
    look_back_days,
    needed_look_back_days,
    required_snapshots,
    snapshot_look_back_days,
)

from .warehouse import PROJECT

ROOT = Path(__file__).resolve().parents[2]
CODE = ("assets", "cli", "contracts", "expectations", "pipelines", "planning", "sources", "storage")
CALENDAR = {"calendar.sql", "dim_dates.sql"}
"""Days of a week, which are no window."""
PERCENTS = {"overage_bands.sql"}
"""Edges of bands, which are no days."""


def names_of(text: str) -> dict[str, int]:
    """What the macros of a file return, by name."""
    found = re.findall(r"macro (\w+)\(\) %\}\s*\{\{ return\((\d+)\) \}\}", text)
    return {name: int(days) for name, days in found}


def test_dbt_and_python_have_the_same_lengths(manifest: Manifest) -> None:
    declared = {name.lower(): value for name, value in vars(windows).items() if isinstance(value, int)}
    assert declared == {
        "used_window_days": 7,
        "long_used_window_days": 90,
        "weekly_change_days": 7,
        "day_after_change_days": 6,
        "growth_days": 28,
        "forecast_days": 90,
        "retention_days": 365,
        "decision_days": 90,
    }
    assert names_of((PROJECT / "macros" / "windows.sql").read_text()) == declared
    used = {macro for node in manifest.nodes.values() for macro in node.depends_on.macros}
    used |= {one for macro in used if macro in manifest.macros for one in manifest.macros[macro].depends_on.macros}
    assert {macro.rpartition(".")[2] for macro in used} >= declared.keys() - {"long_used_window_days"}


def test_look_backs_are_those_of_the_windows() -> None:
    assert (USED_WINDOW_DAYS, LONG_USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS) == (7, 90, 7)
    assert activity_look_back_days() == look_back_days("license_usage", 3) == 89
    assert (DAY_AFTER_CHANGE_DAYS, GROWTH_DAYS, FORECAST_DAYS, RETENTION_DAYS) == (6, 28, 90, 365)
    assert snapshot_look_back_days(3) == look_back_days("customers", 3) == 368
    assert needed_look_back_days("customers", 3) == 10
    assert compared_from(date(2026, 3, 10)) == date(2026, 3, 3)


def spelled_out(text: str) -> list[str]:
    """The lines of SQL, comments apart, that have the length of a window, or a look-back of one, as a number."""
    code = re.sub(r"\{#.*?#\}|--[^\n]*|decimal\(\d+, \d+\)", "", text, flags=re.DOTALL)
    return [
        line.strip()
        for line in code.splitlines()
        if re.search(r"(?<![\w.])(6|7|27|28|89|90|118|180|208|365)(?![\w.])", line)
    ]


def test_a_length_that_is_spelled_out_is_found() -> None:
    assert spelled_out("{# 7 #}\nwhere a > 89 -- 90\n") == ["where a > 89"]
    assert spelled_out("used_licenses_90d + 1e7 + 0.7 + cast(a as decimal(18, 6))") == []


def test_the_days_that_models_look_at_are_those_that_are_planned(manifest: Manifest) -> None:
    macro = next(found for name, found in manifest.macros.items() if name.endswith(".days_looked_at"))
    lengths = names_of((PROJECT / "macros" / "windows.sql").read_text())
    (listed,) = re.findall(r"return\(\[(.*?)\]\)", macro.macro_sql, re.DOTALL)
    (names,) = re.findall(r"set ahead, growth = (\w+)\(\), (\w+)\(\)", macro.macro_sql)
    known = dict(zip(("ahead", "growth"), (lengths[name] for name in names), strict=True))
    known |= {f"{name}()": days for name, days in lengths.items()}
    terms = [[term.strip() for term in one.split("+")] for one in listed.split(",") if one.strip()]
    found = [sum(_product(term, known) for term in one) for one in terms]
    for dataset in required_snapshots():
        assert tuple(sorted(found, reverse=True)) == days_before(dataset)


def _product(term: str, known: dict[str, int]) -> int:
    return prod(known[factor.strip()] if factor.strip() in known else int(factor) for factor in term.split("*"))


def test_no_model_macro_or_test_spells_a_length_out() -> None:
    files = [path for path in PROJECT.rglob("*.sql") if path.name not in CALENDAR | PERCENTS | {"windows.sql"}]
    assert {"int_usage_days.sql", "window.sql", "weekly_changes.sql"} <= {path.name for path in files}
    assert {path.name: found for path in files if (found := spelled_out(path.read_text()))} == {}


@pytest.mark.parametrize("package", CODE)
def test_no_code_spells_a_look_back_out(package: str) -> None:
    """As a span of days or in SQL; a number alone may be something else's (a setting's default, a screen's)."""
    pattern = re.compile(r"days=(6|7|28|89|90|92|118|180|208|365|368)\b|_date (-|\+) \d+")
    allowed = {
        ("cli/screen/page.py", "_WEEK = timedelta(days=7)"),
        # How far back and how long Webex lets one read meetings.
        ("sources/webex/usage.py", "_OLDEST = timedelta(days=90) - timedelta(minutes=10)"),
        (
            "sources/simulator/webex/meetings.py",
            "_WEEK, _MONTH, _QUARTER = timedelta(days=7), timedelta(days=30), timedelta(days=90)",
        ),
    }
    found = {
        (str(path.relative_to(ROOT)), line.strip())
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text().splitlines()
        if pattern.search(line)
    }
    assert found - allowed == set()
