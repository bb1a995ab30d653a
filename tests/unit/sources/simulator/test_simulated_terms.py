"""The simulated optional datasets: of what the others hold, believable, and nothing of the others depends on them."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from sources.simulator import simulate

from .simulated import BUYING_MODELS, SPRING, days_between, files_of, read

LINE = ("partner_id", "customer_id", "subscription_id", "product", "license_code")


def test_the_other_datasets_are_the_same_without_them(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path / "with", day, day, customers=20, seed=4, with_control_totals=True)
    simulate(tmp_path / "without", day, day, customers=20, seed=4, with_terms=False, with_control_totals=True)
    whole, rest = files_of(tmp_path / "with"), files_of(tmp_path / "without")
    assert {name.split("/")[0] for name in whole.keys() - rest.keys()} == {"contract_lines", "accounts"}
    assert {name: content for name, content in whole.items() if name in rest and "control" not in name} == {
        name: content for name, content in rest.items() if "control" not in name
    }


def test_they_are_about_most_lines_and_customers_of_the_day(spring: Path) -> None:
    for day in days_between(*SPRING, step=6):
        lines = {tuple(row[name] for name in LINE) for row in read(spring, "license_assignments", day)}
        agreed = {tuple(row[name] for name in LINE) for row in read(spring, "contract_lines", day)}
        assert agreed <= lines
        assert 0.9 * len(lines) < len(agreed) < len(lines)
        customers = {(row["partner_id"], row["customer_id"]) for row in read(spring, "customers", day)}
        accounts = {(row["partner_id"], row["customer_id"]) for row in read(spring, "accounts", day)}
        assert accounts <= customers
        assert 0.85 * len(customers) < len(accounts)


def test_terms_are_those_of_a_subscription(spring: Path) -> None:
    day = SPRING[0]
    subscriptions = {row["subscription_id"]: row for row in read(spring, "subscriptions", day)}
    totals = {tuple(row[name] for name in LINE): row for row in read(spring, "license_assignments", day)}
    terms: dict[str, set[tuple[str, ...]]] = {}
    seen: Counter[str] = Counter()
    for row in read(spring, "contract_lines", day):
        subscription = subscriptions[row["subscription_id"]]
        shared = ("currency", "notice_days", "buying_model", "growth_allowance")
        terms.setdefault(row["subscription_id"], set()).add(tuple(row[name] for name in shared))
        seen.update([row["buying_model"], f"notice {row['notice_days']}", f"currency {row['currency']}"])
        if row["growth_allowance"]:
            assert row["buying_model"] == "enterprise_agreement"
        if row["unit_price_month"]:
            assert 0 < Decimal(row["unit_cost_month"]) < Decimal(row["unit_price_month"]) < 200
        else:
            assert not row["unit_cost_month"]
        if subscription["is_trial"] == "true":
            assert not row["buying_model"] and not row["notice_days"] and not row["renewal_quantity"]
        if row["renewal_quantity"]:
            seen["ordered"] += 1
            left = (date.fromisoformat(subscription["end_date"]) - day).days
            assert 0 <= left <= 70
            now = int(totals[tuple(row[name] for name in LINE)]["total_licenses"])
            assert 0.8 * now <= int(row["renewal_quantity"]) <= 1.3 * now + 1
    assert {len(found) for found in terms.values()} == {1}
    assert all(seen[name] for name in (*BUYING_MODELS, "", "notice ", "notice 30", "currency EUR", "currency USD"))
    assert seen["ordered"]


def test_accounts_have_managers_segments_and_resellers(spring: Path) -> None:
    rows = read(spring, "accounts", SPRING[0])
    assert len({row["owner"] for row in rows}) > 5
    assert {row["segment"] for row in rows} >= {"SMB", "mid-market", "enterprise"}
    assert 0 < sum(bool(row["sub_partner_id"]) for row in rows) < len(rows) / 2


def test_a_price_rises_and_a_manager_changes_over_the_years(tmp_path: Path) -> None:
    first, last = date(2024, 3, 1), date(2026, 3, 1)
    for day in (first, last):
        simulate(tmp_path / str(day), day, day, customers=60, seed=5)
    prices, owners = (
        [
            {tuple(row[key] for key in LINE[: 2 + 3 * (name == "contract_lines")]): row[column] for row in rows}
            for day in (first, last)
            for rows in [read(tmp_path / str(day), name, day)]
        ]
        for name, column in (("contract_lines", "unit_price_month"), ("accounts", "owner"))
    )
    both = [line for line in prices[0].keys() & prices[1].keys() if prices[0][line] and prices[1][line]]
    assert all(Decimal(prices[0][line]) <= Decimal(prices[1][line]) for line in both)
    assert any(Decimal(prices[0][line]) < Decimal(prices[1][line]) for line in both)
    assert any(owners[0][customer] != owners[1][customer] for customer in owners[0].keys() & owners[1].keys())
