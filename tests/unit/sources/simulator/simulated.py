"""Reading simulated landing folders; columns and keys are restated from the contract's text, not from the code."""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

COLUMNS = {
    "customers": ["partner_id", "customer_id", "customer_name", "country_code", "created_on"],
    "subscriptions": [
        "partner_id", "customer_id", "subscription_id", "is_trial", "status", "start_date", "end_date", "auto_renew",
    ],
    "license_assignments": [
        "partner_id", "customer_id", "subscription_id", "product", "license_code", "license_name", "total_licenses",
        "assigned_licenses",
    ],
    "license_usage": ["partner_id", "customer_id", "subscription_id", "product", "user_id", "activity_count"],
    "contract_lines": [
        "partner_id", "customer_id", "subscription_id", "product", "license_code", "currency", "unit_price_month",
        "unit_cost_month", "notice_days", "buying_model", "growth_allowance", "renewal_quantity",
    ],
    "accounts": ["partner_id", "customer_id", "owner", "segment", "sub_partner_id"],
}  # fmt: skip

KEYS = {
    "customers": ["partner_id", "customer_id"],
    "subscriptions": ["partner_id", "subscription_id"],
    "license_assignments": ["partner_id", "subscription_id", "product", "license_code"],
    "license_usage": ["partner_id", "subscription_id", "product", "user_id"],
    "contract_lines": ["partner_id", "subscription_id", "product", "license_code"],
    "accounts": ["partner_id", "customer_id"],
}

NULLABLE = {
    "country_code", "created_on", "end_date", "license_name", "unit_price_month", "unit_cost_month", "notice_days",
    "buying_model", "growth_allowance", "renewal_quantity", "owner", "segment", "sub_partner_id",
}  # fmt: skip

DECIMALS = {"unit_price_month": 10**9, "unit_cost_month": 10**9, "growth_allowance": 10}

BUYING_MODELS = {"named_user", "active_user", "enterprise_agreement", "wholesale"}

PRODUCTS = {"meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other"}

STATUSES = {"active", "suspended", "cancelled", "expired", "pending"}

Row = dict[str, str]

SPRING = (date(2026, 3, 2), date(2026, 3, 15))  # two whole weeks, Monday to Sunday, without a holiday


def read(landing: Path, dataset: str, day: date) -> list[Row]:
    with (landing / dataset / day.isoformat() / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def days_between(first: date, last: date, step: int = 1) -> Iterator[date]:
    for offset in range(0, (last - first).days + 1, step):
        yield first + timedelta(days=offset)


def files_of(landing: Path) -> dict[str, bytes]:
    return {str(file.relative_to(landing)): file.read_bytes() for file in sorted(landing.rglob("*")) if file.is_file()}


def assert_meets_contract(row: Row) -> None:
    assert all(value.strip() for name, value in row.items() if name not in NULLABLE), row
    for name in ("created_on", "start_date", "end_date"):
        if row.get(name):
            assert date.fromisoformat(row[name]).isoformat() == row[name]
    for name in ("is_trial", "auto_renew"):
        assert row.get(name, "true") in ("true", "false")
    for name, least in (("total_licenses", 0), ("assigned_licenses", 0), ("activity_count", 1)):
        if name in row:
            assert re.fullmatch("[0-9]+", row[name])
            assert int(row[name]) >= least
    for name, most in DECIMALS.items():
        if row.get(name):
            assert re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,6}", row[name])
            assert 0 <= Decimal(row[name]) <= most
    for name, most in (("notice_days", 3650), ("renewal_quantity", 2**63 - 1)):
        if row.get(name):
            assert re.fullmatch("[0-9]+", row[name])
            assert int(row[name]) <= most
    assert row.get("buying_model") in (None, "", *BUYING_MODELS)
    assert re.fullmatch("[A-Z]{3}", row.get("currency", "EUR"))
    assert row.get("status", "active") in STATUSES
    assert row.get("product", "other") in PRODUCTS
    if row.get("country_code"):
        assert re.fullmatch("[A-Z]{2}", row["country_code"])
    if row.get("end_date"):
        assert row["start_date"] <= row["end_date"]
