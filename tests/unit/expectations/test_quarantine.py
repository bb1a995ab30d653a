"""Duplicates, sums, quarantined rows and holders' keys: what the row checks make of whole partitions."""

import hashlib
import json
from typing import Any

import duckdb

from expectations.breaker import Counts
from expectations.contract import (
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    Reason,
)
from expectations.row_checks import bit, checked_sql, reasons_in

from .checked import DAY, GOOD, KEY, Result, delivered


def test_exact_duplicates_then_keys_and_the_last_read_stays(con: duckdb.DuckDBPyConnection) -> None:
    def row(**changes: str) -> dict[str, str | None]:
        return GOOD["license_assignments"] | changes

    first = delivered(
        LICENSE_ASSIGNMENTS,
        [
            row(total_licenses="1"),  # same key as the last one read: duplicate_key
            row(total_licenses=" +2 "),  # equal, as typed values, to number 3 below: duplicate
            row(total_licenses="2", license_name=""),  # same key as the last one read: duplicate_key
            row(license_code="X"),  # alone
        ],
        "a.csv",
    )
    second = delivered(
        LICENSE_ASSIGNMENTS,
        [
            row(total_licenses="3", license_name=None),  # stays
            row(total_licenses="many"),  # quarantined for another reason: never competes
        ],
        "b.csv",
    )
    result = Result(con, LICENSE_ASSIGNMENTS, first, second)
    assert [row[4:7] for row in result.accepted] == [("X", None, 10), ("EE", None, 3)]
    assert [(row[2], row[3], row[4]) for row in result.quarantined] == [
        ("a.csv", 1, ["duplicate_key"]),
        ("a.csv", 3, ["duplicate_key"]),
        ("b.csv", 2, ["bad_type"]),
    ]
    counts = result.counts
    assert (counts.rows_read, counts.rows_accepted, counts.rows_quarantined, counts.rows_duplicate) == (6, 2, 3, 1)
    assert counts.reasons == {"bad_type": 1, "duplicate_key": 2}
    assert counts.broken == 1
    assert counts.partners == {"p": 2}


def test_a_key_that_returns_to_an_earlier_row(con: duckdb.DuckDBPyConnection) -> None:
    rows = [GOOD["customers"] | {"customer_name": name} for name in ("x", "y", "x")]
    result = Result(con, CUSTOMERS, delivered(CUSTOMERS, rows))
    assert result.accepted == [("p", "c", "x", None, None)]
    assert [(row[3], row[4]) for row in result.quarantined] == [(2, ["duplicate_key"])]
    assert result.counts.rows_duplicate == 1


def holder(user: str) -> int:
    return int(hashlib.sha256(KEY + user.encode()).hexdigest()[:15], 16)


def test_usage_adds_up(con: duckdb.DuckDBPyConnection) -> None:
    def row(**changes: str) -> dict[str, str | None]:
        return GOOD["license_usage"] | changes

    first = delivered(LICENSE_USAGE, [row(activity_count="2"), row(activity_count="2"), row(user_id="v")], "a.csv")
    second = delivered(LICENSE_USAGE, [row(activity_count="3", customer_id="last"), row(activity_count="0")], "b.csv")
    result = Result(con, LICENSE_USAGE, first, second)
    assert sorted(result.accepted, key=lambda row: int(row[5])) == [
        ("p", "c", "s", "meetings", holder("v"), 1),
        ("p", "last", "s", "meetings", holder("u"), 7),
    ]
    counts = result.counts
    assert (counts.rows_read, counts.rows_accepted, counts.rows_quarantined, counts.rows_duplicate) == (5, 4, 1, 0)
    assert counts.partners == {"p": 4}


def test_sums_of_usage_stop_at_64_bits(con: duckdb.DuckDBPyConnection) -> None:
    rows = [GOOD["license_usage"] | {"activity_count": str(2**63 - 1)}] * 3
    assert Result(con, LICENSE_USAGE, delivered(LICENSE_USAGE, rows)).accepted[0][5] == 2**63 - 1


def test_holders_are_stored_as_keyed_hashes(con: duckdb.DuckDBPyConnection) -> None:
    users = ["u", " u", "00123", "é@x", "u\x00", "'; drop table x; --"]
    rows = [GOOD["license_usage"] | {"user_id": user} for user in users]
    result = Result(con, LICENSE_USAGE, delivered(LICENSE_USAGE, rows))
    assert [row[4] for row in result.accepted] == [holder(user) for user in users]


def test_quarantined_rows_show_the_row_as_delivered_but_no_person(con: duckdb.DuckDBPyConnection) -> None:
    rows = [
        GOOD["license_usage"] | {"user_id": "secret", "activity_count": " x\n", "activity_date": "2026-03-01"},
        GOOD["license_usage"] | {"user_id": " "},
    ]
    usage = delivered(LICENSE_USAGE, rows, "it's.csv", malformed=[(2, ["secret", "", " ", "1"])])
    result = Result(con, LICENSE_USAGE, usage)
    assert [row[:5] for row in result.quarantined] == [
        ("license_usage", DAY, "it's.csv", 1, ["bad_type"]),
        ("license_usage", DAY, "it's.csv", 2, ["wrong_field_count"]),
        ("license_usage", DAY, "it's.csv", 3, ["missing_required"]),
    ]
    raws = [json.loads(row[5]) for row in result.quarantined]
    hashed = str(holder("secret"))
    common = {"partner_id": "p", "customer_id": "c", "subscription_id": "s", "product": "meetings"}
    assert raws[0] == common | {"user_id": hashed, "activity_count": " x\n", "activity_date": "2026-03-01"}
    assert raws[1] == [hashed, "", " ", str(holder("1"))]
    assert raws[2] == common | {"user_id": " ", "activity_count": "1", "activity_date": None}
    assert "secret" not in str(result.quarantined)


def test_malformed_records_of_other_datasets_are_shown_as_they_are(con: duckdb.DuckDBPyConnection) -> None:
    result = Result(con, CUSTOMERS, delivered(CUSTOMERS, [GOOD["customers"]], malformed=[(1, ["a", 'b"'])]))
    assert json.loads(result.quarantined[0][5]) == ["a", 'b"']
    assert result.counts.reasons == {"wrong_field_count": 1}
    assert result.counts.broken == 1


def test_many_rows_out_of_order_find_their_raw_row(con: duckdb.DuckDBPyConnection) -> None:
    rows = [
        GOOD["customers"] | {"customer_id": str(n), "created_on": "bad" if n % 3 == 0 else None} for n in range(1, 301)
    ]
    result = Result(con, CUSTOMERS, delivered(CUSTOMERS, rows))
    assert [(row[3], json.loads(row[5])["customer_id"]) for row in result.quarantined] == [
        (n, str(n)) for n in range(3, 301, 3)
    ]


def test_an_empty_partition(con: duckdb.DuckDBPyConnection) -> None:
    result = Result(con, LICENSE_USAGE, delivered(LICENSE_USAGE, []))
    assert result.accepted == []
    assert result.counts == Counts(0, 0, 0, 0, {}, {}, 0)


def test_content_is_the_accepted_rows_in_any_order(con: duckdb.DuckDBPyConnection) -> None:
    rows = [GOOD["customers"] | {"customer_id": str(n)} for n in range(50)]
    content = Result(con, CUSTOMERS, delivered(CUSTOMERS, rows)).content_hash
    bad = GOOD["customers"] | {"customer_id": ""}
    same = (rows[::-1], [*rows, bad], [*rows, rows[0]])
    other = (rows[1:], [*rows[1:], GOOD["customers"]], [*rows[1:], rows[0] | {"country_code": "CH"}])
    assert {Result(con, CUSTOMERS, delivered(CUSTOMERS, case)).content_hash for case in same} == {content}
    others = {Result(con, CUSTOMERS, delivered(CUSTOMERS, case)).content_hash for case in other}
    assert len(others) == 3 and content not in others


def test_reasons_as_bits() -> None:
    assert reasons_in(0) == []
    assert reasons_in(bit(Reason.DUPLICATE_KEY) | bit(Reason.BAD_TYPE)) == [Reason.BAD_TYPE, Reason.DUPLICATE_KEY]
    assert reasons_in(sum(bit(reason) for reason in Reason)) == list(Reason)


def test_user_ids_are_hashed_in_the_scan_and_never_kept_where_they_could_spill(con: duckdb.DuckDBPyConnection) -> None:
    files = [delivered(LICENSE_USAGE, [GOOD["license_usage"]], name) for name in ("a.csv", "b.csv")]
    for name, file in zip(("first", "second"), files, strict=True):
        con.register(name, file.rows)
    sql = checked_sql(LICENSE_USAGE, DAY, files, ["first", "second"])
    plan = json.loads(con.execute(f"explain (format json) {sql}").fetchall()[0][1])

    def operators(node: dict[str, Any]) -> set[str]:
        return {node["name"].strip()}.union(*(operators(child) for child in node["children"]))

    assert operators(plan[0]) == {"PROJECTION", "UNION", "ARROW_SCAN"}
