"""Why a row broke the contract, in words; and that words and row checks never disagree."""

import json
import random
from datetime import date

import duckdb
import pytest

from expectations.contract import (
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    SUBSCRIPTIONS,
    ColumnType,
)
from expectations.delivery import wrong_kind
from expectations.explanations import explanations, is_of_type

from .checked import DAY, GOOD, Result, delivered


def why(con, dataset, name="a.csv", **changes):
    """What is said of one row, as the quarantine keeps it."""
    result = Result(con, dataset, delivered(dataset, [GOOD[dataset.name] | changes], name))
    ((_, day, file, _, reasons, raw),) = result.quarantined
    return explanations(dataset, day, file, reasons, json.loads(raw))


@pytest.mark.parametrize(
    ("dataset", "changes", "said"),
    [
        (CUSTOMERS, {"customer_name": " \t"}, ["customer_name is empty"]),
        (CUSTOMERS, {"customer_name": None, "customer_id": ""}, ["customer_id is empty", "customer_name is empty"]),
        (
            CUSTOMERS,
            {"created_on": "2026/3/1"},
            ["created_on '2026/3/1' is no date: a day of the calendar, as YYYY-MM-DD, is expected"],
        ),
        (
            SUBSCRIPTIONS,
            {"is_trial": "yes", "start_date": "2026-02-30"},
            [
                "is_trial 'yes' is no boolean: true, false, 1 or 0 is expected",
                "start_date '2026-02-30' is no date: a day of the calendar, as YYYY-MM-DD, is expected",
            ],
        ),
        (
            LICENSE_ASSIGNMENTS,
            {"total_licenses": "12.0", "assigned_licenses": "-1"},
            [
                "total_licenses '12.0' is no integer: digits, perhaps with a sign, within 64 bits are expected",
                "assigned_licenses '-1' is below 0",
            ],
        ),
        (LICENSE_USAGE, {"activity_count": " 0 "}, ["activity_count ' 0 ' is below 1"]),
        (SUBSCRIPTIONS, {"status": "Active"}, ["status 'Active' differs from 'active' in case"]),
        (SUBSCRIPTIONS, {"status": " active"}, ["status ' active' differs from 'active' in white space"]),
        (SUBSCRIPTIONS, {"status": "ACTIVE\n"}, ["status 'ACTIVE\n' differs from 'active' in case and white space"]),
        (
            SUBSCRIPTIONS,
            {"status": "ended"},
            ["status 'ended' is none of active, suspended, cancelled, expired, pending"],
        ),
        (
            LICENSE_ASSIGNMENTS,
            {"product": "Webex Meetings"},
            [
                (
                    "product 'Webex Meetings' is none of meetings, calling, messaging, call_on_webex, "
                    "contact_center, devices, other"
                )
            ],
        ),
        (LICENSE_USAGE, {"product": "Calling"}, ["product 'Calling' differs from 'calling' in case"]),
        (
            CONTRACT_LINES,
            {"unit_price_month": "1,5", "unit_cost_month": "-0.5", "growth_allowance": "10.5", "notice_days": "3651"},
            [
                (
                    "unit_price_month '1,5' is no decimal: "
                    "1 to 12 digits, perhaps with a sign, a point and 1 to 6 more, are expected"
                ),
                "unit_cost_month '-0.5' is below 0",
                "notice_days '3651' is above 3650",
                "growth_allowance '10.5' is above 10",
            ],
        ),
        (
            CONTRACT_LINES,
            {"currency": "EUR\n", "buying_model": "Wholesale", "product": "video"},
            [
                "currency 'EUR\n' is no currency: three capital letters A-Z are expected",
                (
                    "product 'video' is none of meetings, calling, messaging, call_on_webex, "
                    "contact_center, devices, other"
                ),
                "buying_model 'Wholesale' differs from 'wholesale' in case",
            ],
        ),
        (
            SUBSCRIPTIONS,
            {"start_date": "2026-02-02", "end_date": "2026-02-01"},
            ["end_date '2026-02-01' is before start_date '2026-02-02'"],
        ),
        (
            CUSTOMERS,
            {"snapshot_date": "2026-02-28"},
            ["snapshot_date '2026-02-28' is not the day of its folder, 2026-03-01"],
        ),
        (
            CUSTOMERS,
            {"created_on": "9" * 5_000},
            [f"created_on '{'9' * 59}…' is no date: a day of the calendar, as YYYY-MM-DD, is expected"],
        ),
    ],
)
def test_what_is_said(con, dataset, changes, said):
    assert why(con, dataset, **changes) == said


def test_a_repeated_key_and_a_record_of_another_length(con):
    rows = [GOOD["customers"], GOOD["customers"] | {"customer_name": "m"}]
    result = Result(con, CUSTOMERS, delivered(CUSTOMERS, rows, malformed=[(3, ["a"])]))
    assert [explanations(CUSTOMERS, row[1], row[2], row[4], json.loads(row[5])) for row in result.quarantined] == [
        ["a later row has the same partner_id 'p', customer_id 'c'"],
        ["the record has 1 field, the header has more or fewer"],
    ]


def test_who_is_named_is_masked(con):
    usage = [GOOD["license_usage"] | {"user_id": "jane", wrong_kind("user_id"): True}]
    result = Result(con, LICENSE_USAGE, delivered(LICENSE_USAGE, usage, "a.PARQUET"))
    raw = json.loads(result.quarantined[0][5])
    said = explanations(LICENSE_USAGE, DAY, "a.PARQUET", ["bad_type", "duplicate_key"], raw)
    assert said == [
        "a value has a Parquet type that its column doesn't take",
        "a later row has the same partner_id 'p', subscription_id 's', product 'meetings', user_id •••",
    ]


TEXTS = [
    "2026-03-01",
    "2026-3-1",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2023-02-29",
    "2024-02-29",
    "20260301",
    "+1",
    "-0",
    "1",
    "0",
    "007",
    "1e3",
    "1_0",
    "12.0",
    "--",
    "+",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "true",
    "TRUE",
    "fAlse",
    "yes",
    "t",
    "F",
    "2",
    "٣",
    "0x1f",
    ".5",
    "5.",
    "-0.5",
    "999999999999.999999",
    "1000000000000",
    "0.1234567",
    "nan",
    "inf",
    "NULL",
]


def test_words_and_row_checks_judge_alike(con: duckdb.DuckDBPyConnection) -> None:
    rng = random.Random(3)
    alphabet = "0123456789-+.e \t\r\ntrufalse/\u00a0٣"
    texts = [*TEXTS, *("".join(rng.choices(alphabet, k=rng.randint(1, 12))) for _ in range(2_000))]
    texts += [rng.choice(" \t\r\n") + text + rng.choice(" \t\r\n") for text in TEXTS]
    texts += [date.fromordinal(rng.randint(1, 3_652_059)).isoformat() for _ in range(50)]
    for dataset, column in (
        (SUBSCRIPTIONS, "end_date"),
        (LICENSE_ASSIGNMENTS, "total_licenses"),
        (SUBSCRIPTIONS, "is_trial"),
        (CONTRACT_LINES, "unit_price_month"),
    ):
        kind = next(c.type for c in dataset.columns if c.name == column)
        rows = [GOOD[dataset.name] | {column: text} for text in texts]
        result = Result(con, dataset, delivered(dataset, rows))
        bad = {row[3] for row in result.quarantined if "bad_type" in row[4]}
        for number, text in enumerate(texts, 1):
            if text.strip(" \t\r\n"):
                assert is_of_type(kind, text) is (number not in bad), (column, text)
        for row in result.quarantined:
            said = explanations(dataset, row[1], row[2], row[4], json.loads(row[5]))
            assert len(said) >= len(row[4]), (row, said)
    assert all(is_of_type(ColumnType.TEXT, text) for text in texts)
