"""The row rules of the contract, each at its boundary, through the one validation path."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.contract import (
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    PRODUCTS,
    STATUSES,
    SUBSCRIPTIONS,
    Dataset,
    Reason,
)
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile, wrong_kind
from expectations.quarantine import Counts, check_partition, refusal_cause, use_holder_key
from expectations.row_checks import bit, checked_sql, reasons_in

DAY = date(2026, 3, 1)
KEY = bytes(range(32))

GOOD: dict[str, dict[str, str | None]] = {
    "customers": {"partner_id": "p", "customer_id": "c", "customer_name": "n"},
    "subscriptions": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "is_trial": "false",
        "status": "active",
        "start_date": "2026-01-01",
        "auto_renew": "true",
    },
    "license_assignments": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "product": "meetings",
        "license_code": "EE",
        "total_licenses": "10",
        "assigned_licenses": "5",
    },
    "license_usage": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "product": "meetings",
        "user_id": "u",
        "activity_count": "1",
    },
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        use_holder_key(con, KEY)
        yield con


def delivered(
    dataset: Dataset,
    rows: Sequence[dict[str, Any]],
    name: str = "a.csv",
    malformed: Sequence[tuple[int, list[str]]] = (),
) -> DeliveredFile:
    columns = {name for row in rows for name in row} or set(dataset.column_names)
    skipped = {number for number, _ in malformed}
    numbers = [n for n in range(1, len(rows) + len(skipped) + 1) if n not in skipped]
    table: dict[str, Any] = {
        column: pa.array([row.get(column) for row in rows], pa.bool_() if column.startswith("wrong") else pa.string())
        for column in columns
    }
    bad = pa.array(
        [{"record_number": n, "fields": fields} for n, fields in malformed], pa.struct(list(MALFORMED_SCHEMA))
    )
    return DeliveredFile(
        name, pa.table(table | {RECORD_NUMBER: pa.array(numbers, pa.int64())}), pa.Table.from_struct_array(bad)
    )


class Result:
    def __init__(self, con: duckdb.DuckDBPyConnection, dataset: Dataset, *files: DeliveredFile) -> None:
        checked = check_partition(con, dataset, DAY, files)
        self.counts: Counts = checked.counts
        self.content_hash = checked.content_hash
        self.accepted = con.execute(checked.accepted_sql).fetchall()
        self.quarantined = con.execute(checked.quarantined_sql).fetchall() if checked.quarantined_sql else []
        counts = self.counts
        assert counts.rows_read == sum(file.rows_read for file in files)
        assert counts.rows_read == counts.rows_accepted + counts.rows_quarantined + counts.rows_duplicate
        assert len(self.quarantined) == counts.rows_quarantined
        assert sum(counts.partners.values()) == counts.rows_accepted


def verdict(con: duckdb.DuckDBPyConnection, dataset: Dataset, **changes: str | None) -> list[str] | dict[str, Any]:
    """The one row's reasons, or its typed values when it is accepted."""
    result = Result(con, dataset, delivered(dataset, [GOOD[dataset.name] | changes]))
    if result.quarantined:
        return list(result.quarantined[0][4])
    return dict(zip(dataset.column_names, result.accepted[0], strict=True))


MISSING, BAD = [Reason.MISSING_REQUIRED], [Reason.BAD_TYPE]


@pytest.mark.parametrize("blank", ["", " ", "\t", "\r\n", " \t\r\n ", None])
def test_blank_is_null(con: duckdb.DuckDBPyConnection, blank: str | None) -> None:
    for dataset in (CUSTOMERS, SUBSCRIPTIONS, LICENSE_ASSIGNMENTS, LICENSE_USAGE):
        for column in dataset.columns:
            found = verdict(con, dataset, **{column.name: blank})
            if column.nullable:
                assert isinstance(found, dict) and found[column.name] is None
            else:
                assert found == MISSING, (dataset.name, column.name)


@pytest.mark.parametrize(
    "text", ["\u00a0", "\u3000", "\x0b", "\x0c", "\x85", "\u200b", "\x00", " x ", "\tx", "'", '"', "NULL"]
)
def test_text_is_kept_and_other_white_space_is_text(con: duckdb.DuckDBPyConnection, text: str) -> None:
    found = verdict(con, CUSTOMERS, customer_name=text)
    assert isinstance(found, dict) and found["customer_name"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12", 12),
        ("+12", 12),
        ("-0", 0),
        ("0012", 12),
        (" 12\r\n", 12),
        ("\t12 ", 12),
        ("9223372036854775807", 2**63 - 1),
        ("000000000000000000000000000001", 1),
    ],
)
def test_integers(con: duckdb.DuckDBPyConnection, text: str, value: int) -> None:
    found = verdict(con, LICENSE_ASSIGNMENTS, total_licenses=text)
    assert isinstance(found, dict) and found["total_licenses"] == value


@pytest.mark.parametrize(
    "text",
    [
        "12.0",
        "12.5",
        "1e3",
        "1_000",
        "1,000",
        "0x1",
        "+",
        "-",
        "+-1",
        "1 2",
        "a",
        "true",
        "١٢",
        "\uff11",
        "9223372036854775808",
        "-9223372036854775809",
        "12\x0b",
        "\u00a012",
        "12\x00",
        "--1",
        "1-",
    ],
)
def test_no_integers(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, LICENSE_ASSIGNMENTS, total_licenses=text) == BAD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        (" 2024-02-29\t", date(2024, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_dates(con: duckdb.DuckDBPyConnection, text: str, value: date) -> None:
    found = verdict(con, CUSTOMERS, created_on=text)
    assert isinstance(found, dict) and found["created_on"] == value


@pytest.mark.parametrize(
    "text",
    [
        "2026/3/1",
        "2026-3-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "20260301",
        "2026-03-01 00:00:00",
        "2026-03-01T00:00:00",
        "infinity",
        "epoch",
        "12026-03-01",
        "-001-01-01",
        "2026-03-01 (BC)",
        "٢٠٢٦-03-01",
        "2026-03-01\x0c",
        "2026\n03-01",
    ],
)
def test_no_dates(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, CUSTOMERS, created_on=text) == BAD


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), (" tRuE\n", True), ("1", True), ("False", False), ("0", False), ("\t0", False)],
)
def test_booleans(con: duckdb.DuckDBPyConnection, text: str, value: bool) -> None:
    found = verdict(con, SUBSCRIPTIONS, is_trial=text)
    assert isinstance(found, dict) and found["is_trial"] is value


@pytest.mark.parametrize(
    "text", ["yes", "no", "t", "f", "y", "01", "1.0", "2", "-1", "+1", "tr ue", "\ufb01alse", "fal\u017fe"]
)
def test_no_booleans(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, SUBSCRIPTIONS, is_trial=text) == BAD


def test_counts_have_minima(con: duckdb.DuckDBPyConnection) -> None:
    negative = [Reason.NEGATIVE_COUNT]
    assert verdict(con, LICENSE_ASSIGNMENTS, total_licenses="-1") == negative
    assert verdict(con, LICENSE_ASSIGNMENTS, assigned_licenses="-9223372036854775808") == negative
    assert isinstance(verdict(con, LICENSE_ASSIGNMENTS, total_licenses="0", assigned_licenses="99"), dict)
    assert verdict(con, LICENSE_USAGE, activity_count="0") == negative
    assert isinstance(verdict(con, LICENSE_USAGE, activity_count="1"), dict)


def test_lists_are_exact(con: duckdb.DuckDBPyConnection) -> None:
    for status in STATUSES:
        assert isinstance(verdict(con, SUBSCRIPTIONS, status=status), dict)
    for status in ("Active", " active", "active ", "trial"):
        assert verdict(con, SUBSCRIPTIONS, status=status) == [Reason.UNKNOWN_STATUS]
    for product in PRODUCTS:
        assert isinstance(verdict(con, LICENSE_USAGE, product=product), dict)
        assert isinstance(verdict(con, LICENSE_ASSIGNMENTS, product=product), dict)
    for product in ("Meetings", "meetings ", "webex"):
        assert verdict(con, LICENSE_USAGE, product=product) == [Reason.UNKNOWN_PRODUCT]
        assert verdict(con, LICENSE_ASSIGNMENTS, product=product) == [Reason.UNKNOWN_PRODUCT]


def test_the_end_is_not_before_the_start(con: duckdb.DuckDBPyConnection) -> None:
    assert verdict(con, SUBSCRIPTIONS, end_date="2025-12-31") == [Reason.END_BEFORE_START]
    assert isinstance(verdict(con, SUBSCRIPTIONS, end_date="2026-01-01"), dict)


def test_the_rows_own_date(con: duckdb.DuckDBPyConnection) -> None:
    wrong = [Reason.WRONG_PARTITION_DATE]
    for text in ("2026-03-02", "2026/03/01", "yesterday"):
        assert verdict(con, LICENSE_USAGE, activity_date=text) == wrong
        assert verdict(con, CUSTOMERS, snapshot_date=text) == wrong
    for text in ("2026-03-01", " 2026-03-01 ", "", " ", None):
        assert isinstance(verdict(con, LICENSE_USAGE, activity_date=text), dict)


def test_all_reasons_in_the_contracts_order(con: duckdb.DuckDBPyConnection) -> None:
    row = {"partner_id": " ", "is_trial": "maybe", "status": "gone", "end_date": "2025-01-01", "snapshot_date": "x"}
    assert verdict(con, SUBSCRIPTIONS, **row) == [
        Reason.MISSING_REQUIRED,
        Reason.BAD_TYPE,
        Reason.UNKNOWN_STATUS,
        Reason.END_BEFORE_START,
        Reason.WRONG_PARTITION_DATE,
    ]
    row = {"customer_id": "", "total_licenses": "x", "assigned_licenses": "-1", "product": "y"}
    assert verdict(con, LICENSE_ASSIGNMENTS, **row) == [
        Reason.MISSING_REQUIRED,
        Reason.BAD_TYPE,
        Reason.NEGATIVE_COUNT,
        Reason.UNKNOWN_PRODUCT,
    ]


def test_values_of_a_wrong_parquet_type(con: duckdb.DuckDBPyConnection) -> None:
    def marked(column: str, text: str | None, mark: bool = True) -> dict[str, Any]:
        return {column: text, wrong_kind(column): mark}

    for column in ("customer_name", "country_code", "created_on"):
        assert verdict(con, CUSTOMERS, **marked(column, "2026-03-01")) == BAD
        assert verdict(con, CUSTOMERS, **marked(column, "")) == BAD  # there is a value, though its text is empty
    assert verdict(con, CUSTOMERS, **marked("customer_name", None, mark=False)) == MISSING
    assert isinstance(verdict(con, CUSTOMERS, **marked("customer_name", "n", mark=False)), dict)
    assert verdict(con, SUBSCRIPTIONS, **marked("is_trial", "1")) == BAD
    assert verdict(con, SUBSCRIPTIONS, **marked("status", "7")) == BAD
    assert verdict(con, LICENSE_USAGE, **marked("user_id", "1.5")) == BAD
    assert verdict(con, CUSTOMERS, **marked("snapshot_date", "2026-03-01")) == [Reason.WRONG_PARTITION_DATE]


def test_a_file_may_lack_nullable_columns_and_files_may_differ(con: duckdb.DuckDBPyConnection) -> None:
    first = delivered(CUSTOMERS, [GOOD["customers"]], "a.csv")
    second = delivered(
        CUSTOMERS,
        [GOOD["customers"] | {"customer_id": "d", "country_code": "CH", "snapshot_date": "2026-03-01"}],
        "b.csv",
    )
    third = delivered(
        CUSTOMERS, [{**GOOD["customers"], "created_on": "7", wrong_kind("created_on"): True}], "c.parquet"
    )
    result = Result(con, CUSTOMERS, first, second, third)
    assert result.accepted == [("p", "c", "n", None, None), ("p", "d", "n", "CH", None)]
    assert [(row[2], row[3], row[4]) for row in result.quarantined] == [("c.parquet", 1, ["bad_type"])]


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


def counts(read: int, broken: int, accepted: int = 1, **reasons: int) -> Counts:
    return Counts(read, accepted, broken, 0, reasons, {}, broken)


@pytest.mark.parametrize(
    ("read", "broken", "share", "refused"),
    [
        (100, 5, 0.05, False),
        (100, 6, 0.05, True),
        (60, 3, 0.05, False),
        (100, 29, 0.29, False),  # 0.29 * 100 is 28.999999999999996
        (100, 30, 0.29, True),
        (10, 0, 0.0, False),
        (10, 1, 0.0, True),
        (10, 9, 1.0, False),
        (0, 0, 0.05, False),
    ],
)
def test_circuit_breaker(read: int, broken: int, share: float, refused: bool) -> None:
    assert (refusal_cause(LICENSE_USAGE, counts(read, broken, bad_type=broken), share) is not None) is refused


def test_the_cause_names_the_share_and_the_top_reasons() -> None:
    reasons = {"missing_required": 9, "bad_type": 30, "negative_count": 1, "unknown_product": 2, "duplicate_key": 99}
    assert refusal_cause(LICENSE_USAGE, counts(200, 40, **reasons), 0.05) == (
        "40 of 200 rows (20.0 %) break the contract, more than the 5 % allowed: "
        "bad_type 30, missing_required 9, unknown_product 2"
    )


def test_a_snapshot_needs_an_accepted_row_and_usage_does_not() -> None:
    assert (
        refusal_cause(CUSTOMERS, counts(0, 0, accepted=0), 0.05) == "a snapshot without one accepted row (rows read: 0)"
    )
    assert refusal_cause(LICENSE_USAGE, counts(0, 0, accepted=0), 0.05) is None


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
