"""Parquet files: typed columns become the contract's text, and what is of a wrong kind is marked."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS, Dataset
from expectations.delivery import DeliveredFile, wrong_kind
from sources.readers.errors import UnreadableFileError
from sources.readers.parquet_reader import parse_parquet


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def parse(dataset: Dataset, column: str, values: Any) -> DeliveredFile:
    columns: dict[str, Any] = {name: pa.nulls(len(values), pa.string()) for name in dataset.column_names}
    return parse_parquet("a.parquet", parquet(pa.table(columns | {column: values})), dataset)


def text_and_marks(dataset: Dataset, column: str, values: Any) -> tuple[list[str | None], list[bool]]:
    rows = parse(dataset, column, values).rows
    marks = (
        rows.column(wrong_kind(column)).to_pylist()
        if wrong_kind(column) in rows.schema.names
        else [False] * len(values)
    )
    return rows.column(column).to_pylist(), marks


MIDNIGHT = datetime(2026, 3, 1)  # noqa: DTZ001  naive on purpose
NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("values", "texts", "marks"),
    [
        (pa.array([1, None, -3], pa.int8()), ["1", None, "-3"], [False, False, False]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"], [False]),  # its cast to 64 bits fails
        (pa.array([12.0, None, -0.0], pa.float64()), ["12", None, "0"], [False, False, False]),
        (pa.array([12.5, 1e18], pa.float64()), ["12.5", "1000000000000000000"], [True, False]),
        (pa.array([3.0, 0.5], pa.float32()), ["3", "0.5"], [False, True]),
        (pa.array([Decimal("7.00"), Decimal("7.01"), None], pa.decimal128(9, 2)), ["7", "7.01", None], [0, 1, 0]),
        (pa.array([Decimal("0E-10"), Decimal(5)], pa.decimal128(30, 10)), ["0", "5"], [False, False]),
        (pa.array([Decimal(5)], pa.decimal256(60, 0)), ["5"], [False]),
        (pa.array([True]), ["true"], [True]),
        (pa.array([date(2026, 3, 1)]), ["2026-03-01"], [True]),
        (pa.array(["12", " 7 ", ""]), ["12", " 7 ", ""], [False, False, False]),
        (pa.array(["12"], pa.large_string()), ["12"], [False]),
        (pa.array(["12", None, "12"]).dictionary_encode(), ["12", None, "12"], [False, False, False]),
        (pa.array([12, None]).dictionary_encode(), ["12", None], [False, False]),
        (pa.nulls(2), [None, None], [False, False]),
        (pa.array([b"12", b"\xff"]), ["b'12'", "b'\\xff'"], [True, True]),
        (pa.array([[1], None], pa.list_(pa.int64())), ["[1]", None], [True, False]),
    ],
)
def test_integer_columns(values: Any, texts: list[str], marks: list[bool]) -> None:
    assert text_and_marks(LICENSE_ASSIGNMENTS, "total_licenses", values) == (texts, marks)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2.0**63, -(2.0**63) * 1.01, 1e300])
def test_floats_that_are_no_integer(value: float) -> None:
    assert text_and_marks(LICENSE_ASSIGNMENTS, "total_licenses", pa.array([value, 1.0]))[1] == [True, False]


@pytest.mark.parametrize(
    ("values", "texts", "marks"),
    [
        (pa.array([date(2026, 3, 1), None, date(1, 1, 1)]), ["2026-03-01", None, "0001-01-01"], [False] * 3),
        (pa.array([date(2026, 3, 1)], pa.date64()), ["2026-03-01"], [False]),
        (
            pa.array([MIDNIGHT, NOON, None], pa.timestamp("us")),
            ["2026-03-01", "2026-03-01 12:00:00.000000", None],
            [0, 1, 0],
        ),
        (pa.array([MIDNIGHT], pa.timestamp("ms")), ["2026-03-01"], [False]),
        (pa.array([MIDNIGHT], pa.timestamp("ns")), ["2026-03-01"], [False]),
        (pa.array([datetime(1969, 12, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")), ["1969-12-30"], [False]),
        (pa.array([1], pa.int32()), ["1"], [True]),
        (pa.array(["2026-3-1"]), ["2026-3-1"], [False]),  # text, judged as text
    ],
)
def test_date_columns(values: Any, texts: list[str], marks: list[bool]) -> None:
    assert text_and_marks(CUSTOMERS, "created_on", values) == (texts, marks)


def test_a_zoned_timestamp_is_judged_in_utc() -> None:
    instants = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC)]  # 5:00 is midnight in New York
    values = pa.array(instants, pa.timestamp("us", "America/New_York"))
    texts, marks = text_and_marks(CUSTOMERS, "created_on", values)
    assert texts[0] == "2026-03-01"
    assert marks == [False, True]


@pytest.mark.parametrize(
    ("values", "texts", "marks"),
    [
        (pa.array([True, False, None]), ["true", "false", None], [False, False, False]),
        (pa.array([1, 0]), ["1", "0"], [True, True]),
        (pa.array([1.0]), ["1"], [True]),
        (pa.array(["yes"]), ["yes"], [False]),
    ],
)
def test_boolean_columns(values: Any, texts: list[str], marks: list[bool]) -> None:
    assert text_and_marks(SUBSCRIPTIONS, "is_trial", values) == (texts, marks)


@pytest.mark.parametrize(
    ("values", "texts", "marks"),
    [
        (pa.array(["00123", " "]), ["00123", " "], [False, False]),
        (pa.array([123, None]), ["123", None], [False, False]),
        (pa.array([1.0]), ["1"], [True]),
        (pa.array([date(2026, 3, 1)]), ["2026-03-01"], [True]),
        (pa.array([True]), ["true"], [True]),
        (pa.array([Decimal(1)]), ["1"], [True]),
    ],
)
def test_text_columns(values: Any, texts: list[str], marks: list[bool]) -> None:
    assert text_and_marks(CUSTOMERS, "customer_name", values) == (texts, marks)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1]).cast(pa.timestamp("us", "Nowhere/Land")),
        pa.array([[1]], pa.list_(pa.field("element", pa.timestamp("us", "Nowhere/Land")))),
        pa.array([[2**60]], pa.list_(pa.field("element", pa.timestamp("us")))),  # a year that Python has no date for
    ],
    ids=["unknown zone", "nested unknown zone", "nested year out of range"],
)
def test_what_has_no_text_is_shown_by_its_type(values: Any) -> None:
    assert text_and_marks(CUSTOMERS, "customer_name", values) == ([f"a value of type {values.type}"], [True])


def test_midnight_counts_though_the_zone_is_unknown() -> None:
    values = pa.array([0, None], pa.int64()).cast(pa.timestamp("us", "Nowhere/Land"))
    assert text_and_marks(CUSTOMERS, "created_on", values) == (["1970-01-01", None], [False, False])


def test_columns_numbers_and_extras() -> None:
    table = pa.table({"extra": [1, 2], "customer_name": ["n", "m"], "customer_id": [1, 2], "partner_id": ["p", "p"]})
    delivered = parse_parquet("a.parquet", parquet(table), CUSTOMERS)
    assert delivered.unexpected_columns == ("extra",)
    assert delivered.rows.to_pylist() == [
        {"partner_id": "p", "customer_id": "1", "customer_name": "n", "record_number": 1},
        {"partner_id": "p", "customer_id": "2", "customer_name": "m", "record_number": 2},
    ]
    assert delivered.rows_read == 2


def test_a_file_without_rows() -> None:
    assert parse(CUSTOMERS, "customer_name", pa.array([], pa.string())).rows_read == 0


def test_a_row_group_that_lost_rows() -> None:
    whole = parquet(pa.table({name: [f"{name} {number}" for number in range(30)] for name in CUSTOMERS.column_names}))
    at = whole.rindex(b"\x3c")  # the row group's number of rows, 30 as Thrift writes it; 28 is 0x38
    harmed = whole[:at] + b"\x38" + whole[at + 1 :]
    assert pq.read_table(io.BytesIO(harmed)).num_rows == 28  # Arrow says nothing
    with pytest.raises(UnreadableFileError, match="it states 30 rows and holds 28"):
        parse_parquet("a.parquet", harmed, CUSTOMERS)


def test_unusable_files() -> None:
    whole = parquet(pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": ["n"]}))
    twice = pa.Table.from_arrays(
        [pa.array(["p"])] * 4, names=["partner_id", "customer_id", "customer_name", "customer_id"]
    )
    not_utf8 = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
    text = pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": not_utf8})
    for content, problem in (
        (b"", "is no valid Parquet file"),
        (b"partner_id,customer_id\n", "is no valid Parquet file"),
        (whole[:-20], "is no valid Parquet file"),
        (whole[:20] + b"\xff" * 20 + whole[40:], "is no valid Parquet file"),
        (whole.replace(b"customer_name", b"customer\xffname"), "is no valid Parquet file"),
        (parquet(twice), "has a column name twice: customer_id"),
        (parquet(pa.table({"partner_id": ["p"]})), "lacks the required columns customer_id, customer_name"),
        (parquet(text), "holds text that is not UTF-8"),
    ):
        with pytest.raises(UnreadableFileError, match=problem):
            parse_parquet("a.parquet", content, CUSTOMERS)
