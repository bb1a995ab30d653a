"""An eventful portfolio: every kind of change and outcome within weeks, whatever the day; and what stays as it was.

Changes and outcomes are worked out here from the files, by the definitions of docs/decisions.md.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.simulator import SimulationError, simulate

from .simulated import SPRING, Row, assert_meets_contract, days_between, files_of, read

Positions = dict[tuple[str, str], dict[str, Any]]

CHANGES = {
    "added", "removed", "end_moved", "auto_renew_on", "auto_renew_off", "converted", "suspended", "resumed",
    "licenses_up", "licenses_down", "over_limit_entered", "over_limit_left",
}  # fmt: skip
OUTCOMES = {"converted", "extended", "renewed", "replaced", "expired_trial", "lost", "cancelled"}


def positions_on(landing: Path, day: date) -> Positions:
    """What is in force on a day, by product and subscription."""
    rows = {row["subscription_id"]: row for row in read(landing, "subscriptions", day) if in_force(row, day)}
    found: Positions = {}
    for line in read(landing, "license_assignments", day):
        row = rows.get(line["subscription_id"])
        if row is not None and line["product"] in ("meetings", "calling"):
            position = found.setdefault((line["product"], line["subscription_id"]), {**row, "total": 0, "assigned": 0})
            position["total"] += int(line["total_licenses"])
            position["assigned"] += int(line["assigned_licenses"])
    return found


def in_force(row: Row, day: date) -> bool:
    is_valid = row["start_date"] <= day.isoformat() <= (row["end_date"] or "9999")
    return is_valid and row["status"] in ("active", "suspended")


def changes(before: Positions, now: Positions) -> Counter[str]:
    found = Counter(added=len(now.keys() - before.keys()), removed=len(before.keys() - now.keys()))
    for key in now.keys() & before.keys():
        old, new = before[key], now[key]
        found["end_moved"] += old["end_date"] != new["end_date"]
        found["auto_renew_on"] += (old["auto_renew"], new["auto_renew"]) == ("false", "true")
        found["auto_renew_off"] += (old["auto_renew"], new["auto_renew"]) == ("true", "false")
        found["converted"] += (old["is_trial"], new["is_trial"]) == ("true", "false")
        found["suspended"] += (old["status"], new["status"]) == ("active", "suspended")
        found["resumed"] += (old["status"], new["status"]) == ("suspended", "active")
        found["licenses_up"] += new["total"] > old["total"]
        found["licenses_down"] += new["total"] < old["total"]
        over = old["assigned"] > old["total"], new["assigned"] > new["total"]
        found["over_limit_entered"] += over == (False, True)
        found["over_limit_left"] += over == (True, False)
    return found


def outcomes(days: Mapping[date, Positions], day: date) -> Counter[str]:
    """What became of the positions of a week before."""
    eve = day - timedelta(days=7)
    before, after, now = days[eve], days[day - timedelta(days=6)], days[day]
    found: Counter[str] = Counter()
    for (product, subscription), old in before.items():
        key = product, subscription
        was_trial = old["is_trial"] == "true"
        if key not in after and key not in now:
            heirs = [
                new
                for (other_product, other), new in now.items()
                if other_product == product and other != subscription and new["customer_id"] == old["customer_id"]
                if (eve - timedelta(days=30)).isoformat() <= new["start_date"] and new["total"] > 0
                if was_trial or new["is_trial"] == "false"
            ]
            if was_trial and any(heir["is_trial"] == "false" for heir in heirs):
                found["converted"] += 1
            elif heirs:
                found["replaced"] += 1
            elif was_trial:
                found["expired_trial"] += 1
            else:
                found["lost" if old["end_date"] == eve.isoformat() else "cancelled"] += 1
        elif key in after and key in now:
            paid = all(found_on[key]["is_trial"] == "false" for found_on in (after, now))
            if was_trial and paid:
                found["converted"] += 1
            elif old["end_date"] and all(is_later(found_on[key], old) for found_on in (after, now)):
                found["extended" if was_trial else "renewed"] += 1
    return found


def is_later(new: Row, old: Row) -> bool:
    moved = date.fromisoformat(new["end_date"] or "9999-12-31") - date.fromisoformat(old["end_date"])
    return moved.days >= 28


@pytest.mark.parametrize(("seed", "last"), [(1, date(2026, 11, 25)), (1, date(2027, 4, 3)), (7, date(2025, 8, 1))])
def test_every_kind_of_change_and_outcome_is_there_within_weeks(tmp_path: Path, seed: int, last: date) -> None:
    first = last - timedelta(days=36)
    simulate(tmp_path, first, last, customers=60, seed=seed, with_events=True, usage_from=last)
    days = {day: positions_on(tmp_path, day) for day in days_between(first, last)}
    changed, became = Counter[str](), Counter[str]()
    for day in days_between(first + timedelta(days=7), last):
        changed += changes(days[day - timedelta(days=7)], days[day])
        became += outcomes(days, day)
    assert {name for name, count in changed.items() if count} == CHANGES
    assert {name for name, count in became.items() if count} == OUTCOMES


def test_enough_exceed_their_limit_to_judge_a_forecast_and_most_do_not(tmp_path: Path) -> None:
    last = date(2026, 11, 25)
    past, then, now = (last - timedelta(days=back) for back in (180, 90, 0))
    for day in (past, then, now):
        simulate(tmp_path, day, day, customers=60, seed=1, with_events=True, overwrite=True)
    known, before, after = (positions_on(tmp_path, day) for day in (past, then, now))
    assert known.keys() & before.keys()
    within = {key for key, row in before.items() if row["assigned"] <= row["total"]} & after.keys()
    exceeded = {key for key in within if after[key]["assigned"] > after[key]["total"]}
    assert 5 <= len(exceeded) < len(within) / 5


def test_an_agreement_outgrows_its_allowance_before_it_is_measured(tmp_path: Path) -> None:
    day = date(2026, 11, 25)
    simulate(tmp_path, day, day, customers=60, seed=1, with_events=True)
    growing = {
        row["subscription_id"]
        for row in read(tmp_path, "contract_lines", day)
        if row["buying_model"] == "enterprise_agreement"
    }
    over = [
        row for (_, name), row in positions_on(tmp_path, day).items()
        if name in growing and row["assigned"] > 1.2 * row["total"]
    ]  # fmt: skip
    assert over


def test_most_pay_in_one_currency_and_some_terms_are_not_known(tmp_path: Path) -> None:
    day = SPRING[0]
    simulate(tmp_path, day, day, customers=60, seed=1, with_events=True)
    lines, accounts = read(tmp_path, "contract_lines", day), read(tmp_path, "accounts", day)
    currencies = Counter(row["currency"] for row in lines)
    assert 0.75 * len(lines) < currencies["EUR"] < len(lines)
    assert 0 < sum(not row["unit_price_month"] for row in lines) < len(lines) / 8
    assert 0 < sum(not row["owner"] for row in accounts) < len(accounts) / 8


def test_rows_meet_the_contract_and_each_other(tmp_path: Path) -> None:
    day = SPRING[0]
    simulate(tmp_path, day, day, customers=60, seed=3, partners=2, with_events=True)
    subscriptions = read(tmp_path, "subscriptions", day)
    lines = read(tmp_path, "license_assignments", day)
    for row in [*subscriptions, *lines, *read(tmp_path, "contract_lines", day)]:
        assert_meets_contract(row)
    names = [row["subscription_id"] for row in subscriptions]
    assert len(set(names)) == len(names)
    assert {row["subscription_id"] for row in lines} == set(names)
    assert {row["customer_id"] for row in subscriptions} <= {
        row["customer_id"] for row in read(tmp_path, "customers", day)
    }


def test_a_day_s_files_do_not_depend_on_the_range_and_usage_may_begin_later(tmp_path: Path) -> None:
    last = date(2026, 3, 12)
    arguments: Any = {"customers": 20, "seed": 6, "with_events": True}
    simulate(tmp_path / "long", last - timedelta(days=90), last, usage_from=last - timedelta(days=1), **arguments)
    simulate(tmp_path / "short", last, last, **arguments)
    whole, alone = files_of(tmp_path / "long"), files_of(tmp_path / "short")
    assert alone.items() <= whole.items()
    assert len([name for name in whole if name.startswith("license_usage/")]) == 2


def test_usage_after_the_last_day_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="usage from 2026-03-20 on is none: the last day is 2026-03-12"):
        simulate(tmp_path / "landing", SPRING[0], date(2026, 3, 12), customers=2, seed=1, usage_from=date(2026, 3, 20))
