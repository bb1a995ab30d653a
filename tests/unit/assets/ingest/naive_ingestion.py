"""A naive second reading of the raw contract, in plain Python: what ingesting CSV files should give."""

import csv
import datetime
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
}

KEYS = {
    "customers": ["partner_id", "customer_id"],
    "subscriptions": ["partner_id", "subscription_id"],
    "license_assignments": ["partner_id", "subscription_id", "product", "license_code"],
    "license_usage": ["partner_id", "subscription_id", "product", "user_id"],
}

STATUSES = ["active", "suspended", "cancelled", "expired", "pending"]

PRODUCTS = ["meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other"]


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
    for name, minimum in (("total_licenses", 0), ("assigned_licenses", 0), ("activity_count", 1)):
        if values.get(name) is not None and values[name] < minimum:
            reasons.add("negative_count")
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
    order = ["missing_required", "bad_type", "negative_count", "unknown_status", "unknown_product", "end_before_start"]
    return values, [reason for reason in [*order, "wrong_partition_date"] if reason in reasons]


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
