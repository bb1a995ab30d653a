"""A naive second reading of the raw contract, in plain Python: what ingesting CSV files should give."""

import csv
import datetime
import decimal
import hashlib
import io
import re
from dataclasses import dataclass, field
from typing import Any

DAY = datetime.date(2026, 3, 1)

KEY = b"0123456789abcdef0123456789abcdef"

# The contract once more, written by hand from its text: name, type, null allowed.
COLUMNS = {
    "customers": "partner_id:text customer_id:text customer_name:text country_code:text? created_on:date?",
    "subscriptions": (
        "partner_id:text customer_id:text subscription_id:text is_trial:boolean status:text start_date:date "
        "end_date:date? auto_renew:boolean"
    ),
    "license_assignments": (
        "partner_id:text customer_id:text subscription_id:text product:text license_code:text license_name:text? "
        "total_licenses:integer assigned_licenses:integer"
    ),
    "license_usage": (
        "partner_id:text customer_id:text subscription_id:text product:text user_id:text activity_count:integer"
    ),
    "contract_lines": (
        "partner_id:text customer_id:text subscription_id:text product:text license_code:text currency:text "
        "unit_price_month:decimal? unit_cost_month:decimal? notice_days:integer? buying_model:text? "
        "growth_allowance:decimal? renewal_quantity:integer?"
    ),
    "accounts": "partner_id:text customer_id:text owner:text? segment:text? sub_partner_id:text?",
}

KEYS = {
    "customers": ["partner_id", "customer_id"],
    "subscriptions": ["partner_id", "subscription_id"],
    "license_assignments": ["partner_id", "subscription_id", "product", "license_code"],
    "license_usage": ["partner_id", "subscription_id", "product", "user_id"],
    "contract_lines": ["partner_id", "subscription_id", "product", "license_code"],
    "accounts": ["partner_id", "customer_id"],
}

LIMITS = {
    "total_licenses": (0, None),
    "assigned_licenses": (0, None),
    "activity_count": (1, None),
    "unit_price_month": (0, 1_000_000_000),
    "unit_cost_month": (0, 1_000_000_000),
    "notice_days": (0, 3650),
    "growth_allowance": (0, 10),
    "renewal_quantity": (0, None),
}

STATUSES = ["active", "suspended", "cancelled", "expired", "pending"]

BUYING_MODELS = ["named_user", "active_user", "enterprise_agreement", "wholesale"]

PRODUCTS = ["meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other"]


ORDER = [
    "missing_required",
    "bad_type",
    "negative_count",
    "out_of_range",
    "bad_currency",
    "unknown_status",
    "unknown_product",
    "unknown_buying_model",
    "end_before_start",
    "wrong_partition_date",
]


@dataclass
class Naive:
    """The expected result."""

    accepted: list[tuple[Any, ...]] = field(default_factory=list)
    quarantined: list[tuple[str, int, list[str], Any]] = field(default_factory=list)
    read: int = 0
    accepted_rows: int = 0
    duplicates: int = 0


def typed(text: str | None, kind: str) -> Any:
    """The value; None when blank; ValueError when it is not of its type."""
    if text is None or text.strip(" \t\r\n") == "":
        return None
    trimmed = text.strip(" \t\r\n")
    if kind == "text":
        return text
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}[trimmed.lower()]
    if kind == "integer":
        if not re.fullmatch("[+-]?[0-9]+", trimmed) or not -(2**63) <= int(trimmed) < 2**63:
            raise ValueError
        return int(trimmed)
    if kind == "decimal":
        whole, _, places = trimmed.lstrip("+-").partition(".")
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", trimmed) or len(whole) > 12 or len(places) > 6:
            raise ValueError
        return decimal.Decimal(trimmed).quantize(decimal.Decimal("0.000001")) + 0  # which makes -0 a 0
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", trimmed):
        raise ValueError
    return datetime.date.fromisoformat(trimmed)


def holder(user: str) -> int:
    return int(hashlib.sha256(KEY + user.encode()).hexdigest()[:15], 16)


def judge(dataset: str, row: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    reasons = set()
    for declared in COLUMNS[dataset].split():
        name, kind = declared.rstrip("?").split(":")
        try:
            values[name] = typed(row.get(name), kind)
        except (ValueError, KeyError):
            values[name] = None
            reasons.add("bad_type")
        else:
            if values[name] is None and not declared.endswith("?"):
                reasons.add("missing_required")
    for name, (minimum, maximum) in LIMITS.items():
        if values.get(name) is not None and values[name] < minimum:
            reasons.add("negative_count")
        if values.get(name) is not None and maximum is not None and values[name] > maximum:
            reasons.add("out_of_range")
    if values.get("currency") is not None and not re.fullmatch("[A-Z]{3}", values["currency"]):
        reasons.add("bad_currency")
    if values.get("buying_model") is not None and values["buying_model"] not in BUYING_MODELS:
        reasons.add("unknown_buying_model")
    if values.get("status") is not None and values["status"] not in STATUSES:
        reasons.add("unknown_status")
    if values.get("product") is not None and values["product"] not in PRODUCTS:
        reasons.add("unknown_product")
    if values.get("end_date") and values.get("start_date") and values["end_date"] < values["start_date"]:
        reasons.add("end_before_start")
    carried = row.get("activity_date" if dataset == "license_usage" else "snapshot_date")
    try:
        if typed(carried, "date") not in (None, DAY):
            reasons.add("wrong_partition_date")
    except ValueError:
        reasons.add("wrong_partition_date")
    if values.get("user_id") is not None:
        values["user_id"] = holder(values["user_id"])
    return values, [reason for reason in ORDER if reason in reasons]


def raw(dataset: str, row: dict[str, str]) -> dict[str, str | None]:
    date_column = "activity_date" if dataset == "license_usage" else "snapshot_date"
    names = [declared.split(":")[0] for declared in COLUMNS[dataset].split()]
    shown = {name: row.get(name) for name in [*names, *([date_column] if date_column in row else [])]}
    return {name: person(text) if name == "user_id" else text for name, text in shown.items()}


def person(text: str | None) -> str | None:
    return text if text is None or text.strip(" \t\r\n") == "" else str(holder(text))


def naive(dataset: str, files: dict[str, str]) -> Naive:
    found = Naive()
    good: list[tuple[str, int, dict[str, Any], dict[str, str]]] = []
    for file in sorted(files):
        header, *records = [record for record in csv.reader(io.StringIO(files[file], newline="")) if record]
        for number, record in enumerate(records, 1):
            found.read += 1
            if len(record) != len(header):
                shown = [person(text) for text in record] if dataset == "license_usage" else record
                found.quarantined.append((file, number, ["wrong_field_count"], shown))
                continue
            row = dict(zip(header, record, strict=True))
            values, reasons = judge(dataset, row)
            if reasons:
                found.quarantined.append((file, number, reasons, raw(dataset, row)))
            else:
                good.append((file, number, values, row))
    if dataset == "license_usage":
        add_up(found, good)
    else:
        compete(found, dataset, good)
    found.quarantined.sort(key=lambda row: row[:2])
    return found


def add_up(found: Naive, good: list[tuple[str, int, dict[str, Any], dict[str, str]]]) -> None:
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _, _, values, _ in good:
        key = tuple(values[name] for name in KEYS["license_usage"])
        total = values["activity_count"] + (sums[key]["activity_count"] if key in sums else 0)
        sums[key] = values | {"activity_count": min(total, 2**63 - 1)}
    found.accepted = [tuple(values.values()) for values in sums.values()]
    found.accepted_rows = len(good)


def compete(found: Naive, dataset: str, good: list[tuple[str, int, dict[str, Any], dict[str, str]]]) -> None:
    rows, keys = set(), set()
    for file, number, values, row in reversed(good):
        everything = tuple(values.values())
        key = tuple(values[name] for name in KEYS[dataset])
        if everything in rows:
            found.duplicates += 1
        elif key in keys:
            found.quarantined.append((file, number, ["duplicate_key"], raw(dataset, row)))
        else:
            found.accepted.append(everything)
        rows.add(everything)
        keys.add(key)
    found.accepted_rows = len(found.accepted)
