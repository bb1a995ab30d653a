"""Messy CSV partitions, ingested and compared with a naive second reading of the contract, in plain Python."""

import csv
import datetime
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingestion import IngestRules, ingest_partition
from expectations.contract import DATASETS
from sources.files import LandingFolder
from storage.lake import Lake
from storage.ledger import Ledger

DAY = datetime.date(2026, 3, 1)
KEY = b"0123456789abcdef0123456789abcdef"
RULES = IngestRules(KEY, max_quarantined_share=1.0, memory_limit="500MB", threads=1)

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


ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
VALUES = {
    "text": st.sampled_from(["p", "q", "00123", " p", 'a"b', "x,y", "l\nm", "l\r\nm", "'", "NULL", "\u00a0", "é"]),
    "integer": st.sampled_from(
        [
            "0",
            "1",
            "2",
            " 3\t",
            "+4",
            "007",
            "-1",
            "-0",
            "1.0",
            "1e3",
            "1_0",
            "x",
            "9223372036854775807",
            "9223372036854775808",
        ]
    ),
    "date": st.sampled_from(
        [
            "2026-03-01",
            "2026-01-31",
            " 2026-01-31\n",
            "2024-02-29",
            "2026-02-29",
            "0000-01-01",
            "0001-01-01",
            "2026/3/1",
            "20260301",
        ]
    ),
    "boolean": st.sampled_from(["true", "FALSE", "1", "0", " True ", "yes", "t", "2"]),
}
BLANK = st.sampled_from(["", " ", "\t\r\n"])
SPECIAL = {
    "status": st.sampled_from([*STATUSES, "Active", "active "]),
    "product": st.sampled_from([*PRODUCTS, "Calling"]),
}


def values_of(name: str, kind: str) -> st.SearchStrategy[str]:
    usual = SPECIAL.get(name, VALUES[kind])
    # Mostly fit to compete, so that duplicates and repeated keys are common.
    fit = {"status": "active", "product": "meetings"}.get(
        name, {"text": "p", "integer": "1", "date": "2026-03-01", "boolean": "1"}[kind]
    )
    return st.one_of(st.just(fit), st.just(fit), st.just(fit), usual, usual, BLANK, ANY_TEXT)


@st.composite
def csv_file(draw: st.DrawFn, dataset: str) -> str:
    columns = [declared.rstrip("?").split(":") for declared in COLUMNS[dataset].split()]
    nullable = {declared.split(":")[0] for declared in COLUMNS[dataset].split() if declared.endswith("?")}
    columns = [column for column in columns if column[0] not in nullable or draw(st.booleans())]
    if draw(st.booleans()):
        columns.append(["activity_date" if dataset == "license_usage" else "snapshot_date", "date"])
    if draw(st.booleans()):
        columns.append(["Partner_ID", "text"])
    columns = draw(st.permutations(columns))
    row = st.tuples(*(values_of(name, kind) for name, kind in columns))
    # A written row has two fields or more, so that it is never a blank line.
    odd = st.lists(VALUES["text"], min_size=2, max_size=len(columns) + 2)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    written = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(written, lineterminator=end, quoting=quoting)
    writer.writerow([name for name, _ in columns])
    for record in draw(st.lists(st.one_of(row, row, row, row, odd), max_size=12)):
        writer.writerow(record)
        if draw(st.integers(0, 9)) == 0:
            written.write(end)
    return written.getvalue()


@st.composite
def partitions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    dataset = draw(st.sampled_from(sorted(COLUMNS)))
    names = draw(st.lists(st.sampled_from(["a.csv", "B.csv", "it's.csv"]), min_size=1, max_size=3, unique=True))
    return dataset, {name: draw(csv_file(dataset)) for name in names}


@contextmanager
def landed(dataset: str, files: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "landing" / dataset / DAY.isoformat()
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        yield Path(root)


@settings(max_examples=60, deadline=None)
@given(partitions())
def test_ingestion_agrees_with_the_naive_reading(partition: tuple[str, dict[str, str]]) -> None:
    name, files = partition
    dataset, expected = DATASETS[name], naive(name, files)
    with landed(name, files) as root, Ledger(root / "ledger") as ledger, duckdb.connect() as con:
        lake = Lake(root / "lake")
        outcome = ingest_partition(LandingFolder(root / "landing"), lake, ledger, dataset, DAY, RULES)
        if name != "license_usage" and not expected.accepted:
            assert outcome.status == "refused"
            return
        record = outcome.record
        assert record is not None
        assert record.rows_read == expected.read
        assert record.rows_accepted == expected.accepted_rows
        assert record.rows_quarantined == len(expected.quarantined)
        assert record.rows_duplicate == expected.duplicates
        stored = con.execute("select * from read_parquet(?)", [str(lake.accepted_path(dataset, DAY))]).fetchall()
        width = len(dataset.columns)
        assert sorted((row[:width] for row in stored), key=repr) == sorted(expected.accepted, key=repr)
        assert quarantined(con, lake.quarantine_path(dataset, DAY)) == expected.quarantined


def quarantined(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, int, list[str], Any]]:
    if not path.exists():
        return []
    rows = con.execute("select file, record_number, reasons, raw_row from read_parquet(?)", [str(path)]).fetchall()
    return sorted(((*row[:3], json.loads(row[3])) for row in rows), key=lambda row: row[:2])
