"""Reading simulated landing folders; columns and keys are restated from the contract's text, not from the code."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
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
