"""Decimals from Parquet, of every type and width: what the lake holds, against Python's own decimals."""

import io
import struct
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.contract import CONTRACT_LINES, Column, ColumnType, Dataset, Snapshot
from expectations.quarantine import check_partition
from sources.readers.parquet_reader import parse_parquet

DAY = date(2026, 3, 1)
WIDE = Context(prec=400)
AMOUNTS = Dataset(
    "amounts",
    "",
    "",
    "snapshot_date",
    (
        Column("partner_id", ColumnType.TEXT, ""),
        Column("number", ColumnType.INTEGER, ""),
        Column("amount", ColumnType.DECIMAL, "", nullable=True),
    ),
    ("number",),
    Snapshot(),
)
"""Decimals without limits of their own."""
BAD = "bad_type"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute("set variable holder_key = 'k'::blob")
        yield connection


def judged(con: duckdb.DuckDBPyConnection, amounts: Any, **options: Any) -> list[object]:
    """Each amount as the lake has it, or the reasons of its row."""
    numbers = range(len(amounts))
    table = pa.table({"partner_id": ["p"] * len(amounts), "number": numbers, "amount": amounts})
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    checked = check_partition(con, AMOUNTS, DAY, [parse_parquet("a.parquet", sink.getvalue(), AMOUNTS)])
    found: dict[int, object] = dict(con.execute(f"select number, amount from ({checked.accepted_sql})").fetchall())
    if checked.quarantined_sql:
        rows = con.execute(f"select record_number - 1, reasons from ({checked.quarantined_sql})").fetchall()
        found |= {number: ", ".join(reasons) for number, reasons in rows}
    return [found[number] for number in numbers]


def rounded(exact: Decimal | None) -> object:
    """What the contract says of a number: six places, half away from zero; then the range is looked at."""
    if exact is None:
        return None
    six = exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP, context=WIDE)
    return BAD if abs(six) >= 10**12 else six + 0


def shortest(value: float, form: str) -> Decimal:
    """The nearest of the shortest decimals that a float of this width is read back from, tried by length.

    Of two that are equally near, the even one, as IEEE 754 rounds.
    """
    exact = Decimal(value)
    for digits in range(1, 18):
        place = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        below = exact.quantize(place, rounding="ROUND_FLOOR", context=WIDE)
        right = [one for one in (below, below + place) if _reads_back(one, value, form)]
        if right:
            return min(right, key=lambda one: (abs(one - exact), one.as_tuple().digits[-1] % 2))
    raise AssertionError(value)


def _reads_back(text: Decimal, value: float, form: str) -> bool:
    try:
        return bool(struct.unpack(form, struct.pack(form, float(text)))[0] == value)
    except OverflowError:
        return False


TIES = [
    ("0.0000005", "0.000001"),
    ("-0.0000005", "-0.000001"),
    ("0.00000049", "0"),
    ("-0.00000049", "0"),
    ("0.1234565", "0.123457"),
    ("-0.1234565", "-0.123457"),
    ("0.1234564999999", "0.123456"),
    ("999999999999.9999994", "999999999999.999999"),
    ("999999999999.9999995", BAD),
    ("-999999999999.9999995", BAD),
    ("1000000000000", BAD),
    ("12.5", "12.5"),
    ("0", "0"),
]


@pytest.mark.parametrize("kind", [pa.decimal64(18, 13), pa.decimal128(38, 18), pa.decimal256(76, 13)])
def test_ties_go_away_from_zero_and_then_the_range_is_looked_at(con: duckdb.DuckDBPyConnection, kind: Any) -> None:
    ties = [(text, value) for text, value in TIES if len(text.partition(".")[0].lstrip("-")) + 13 <= kind.precision]
    found = judged(con, pa.array([Decimal(text) for text, _ in ties], kind))
    assert found == [value if value == BAD else Decimal(value) for _, value in ties]


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (pa.int8(), [-128, 0, 127, None]),
        (pa.int64(), [-(2**63), -(10**12), 1 - 10**12, 10**12 - 1, 10**12, None]),
        (pa.uint64(), [0, 10**12 - 1, 10**12, 2**64 - 1, None]),
        (pa.uint32(), [0, 2**32 - 1]),
    ],
)
@pytest.mark.parametrize("as_dictionary", [False, True])
def test_integers(con: duckdb.DuckDBPyConnection, kind: Any, numbers: list[int | None], as_dictionary: bool) -> None:
    values = pa.array(numbers, kind)
    found = judged(con, values.dictionary_encode() if as_dictionary else values)
    assert found == [rounded(None if number is None else Decimal(number)) for number in numbers]


@st.composite
def decimal_columns(draw: st.DrawFn) -> Any:
    """A column of one precision and scale, in any of the widths that hold it."""
    widths = [(9, pa.decimal32), (18, pa.decimal64), (38, pa.decimal128), (76, pa.decimal256)]
    most, width = draw(st.sampled_from(widths))
    precision = draw(st.integers(1, most))
    scale = draw(st.integers(0, precision))
    largest = 10**precision - 1
    near_tie = st.integers(-(10**8), 10**8).map(lambda n: (n * 10 + 5) * 10 ** max(scale - 7, 0))
    unscaled = st.one_of(st.integers(-largest, largest), near_tie.filter(lambda n: abs(n) <= largest), st.just(0))
    numbers = draw(st.lists(st.one_of(st.none(), unscaled), min_size=1, max_size=30))
    values = [None if n is None else Decimal(n).scaleb(-scale, context=WIDE) for n in numbers]
    return pa.array(values, width(precision, scale))


@settings(max_examples=40, deadline=None)
@given(values=decimal_columns(), as_dictionary=st.booleans())
def test_decimals_of_any_width(con: duckdb.DuckDBPyConnection, values: Any, as_dictionary: bool) -> None:
    can_be = pa.types.is_decimal128(values.type) or pa.types.is_decimal256(values.type)
    written = values.dictionary_encode() if as_dictionary and can_be else values
    assert judged(con, written) == [rounded(value) for value in values.to_pylist()]


FLOATS = st.one_of(st.floats(width=32), st.floats(-(2**43), 2**43, width=32), st.floats(-1, 1, width=32), st.none())


@settings(max_examples=40, deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=40), st.booleans())
@example([0.1, 16777216.0, 2.0**-24, 2.0**24, 9.9e11, 1e12, -0.0, 5e-7, None, float("nan"), float("-inf")], False)
def test_floats_of_32_bits(con: duckdb.DuckDBPyConnection, numbers: list[float | None], as_dictionary: bool) -> None:
    values = pa.array(numbers, pa.float32())
    found = judged(con, values.dictionary_encode() if as_dictionary else values)
    assert found == [_of_float(value, "f") for value in values.to_pylist()]


DOUBLES = st.one_of(st.floats(), st.floats(-1e13, 1e13), st.floats(-1, 1), st.floats(-1e-5, 1e-5), st.none())


@settings(max_examples=40, deadline=None)
@given(st.lists(DOUBLES, min_size=1, max_size=40))
@example([0.1 + 0.2, 0.0000005, 0.00000049999999999999998, 999999999999.9999, 1e12, 5e-324, 1e300, -0.0, None])
@example([1.0000005, 2.0000005, 1.1234565, 123456.1234565, -0.0000015, 1e-7, 9.9999999e-8])
def test_floats_of_64_bits(con: duckdb.DuckDBPyConnection, numbers: list[float | None]) -> None:
    assert judged(con, pa.array(numbers, pa.float64())) == [_of_float(value, "d") for value in numbers]


def _of_float(value: float | None, form: str) -> object:
    if value is None:
        return None
    if not np.isfinite(value):
        return BAD
    return rounded(Decimal(repr(value)) if form == "d" else shortest(value, form) if value else Decimal(0))


def test_floats_of_16_bits(con: duckdb.DuckDBPyConnection) -> None:
    halves = np.arange(0, 2**16, 7, dtype=np.uint16).view(np.float16)
    expected = [_of_float(float(half), "e") for half in halves]
    assert judged(con, pa.array(halves)) == expected
    assert judged(con, pa.array(halves), store_schema=False) == expected
    assert judged(con, pa.array([0.1, None, 65504.0], pa.float16())) == [Decimal("0.1"), None, Decimal(65500)]


def test_doubles_that_python_shows_otherwise(con: duckdb.DuckDBPyConnection) -> None:
    """What is written with an exponent elsewhere, in all sizes."""
    numbers = [
        sign * digits * 10.0**power for power in range(-30, 20) for digits in (1, 1.5, 4.9999999) for sign in (1, -1)
    ]
    assert judged(con, pa.array(numbers)) == [rounded(Decimal(repr(number))) for number in numbers]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, None]),
        pa.array([DAY, None]),
        pa.array([b"1", None]),
        pa.array([[1], None]),
        pa.array([b"1", None]).dictionary_encode(),
    ],
)
def test_other_types_are_none(con: duckdb.DuckDBPyConnection, values: Any) -> None:
    assert judged(con, values) == [BAD, None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), None])
def test_text_is_held_to_the_rules_of_text(con: duckdb.DuckDBPyConnection, kind: Any) -> None:
    texts = pa.array(["12.50", " -0 ", "0.1234567", "1e3", "", None])
    values = texts.dictionary_encode() if kind is None else texts.cast(kind)
    assert judged(con, values) == [Decimal("12.5"), 0, BAD, BAD, None, None]


def test_the_limits_are_looked_at_after_rounding(con: duckdb.DuckDBPyConnection) -> None:
    prices = ["-0.0000004", "-0.0000005", "1000000000.0000004", "1000000000.0000005", "-1000000000000", "1e13", "5"]
    rows = len(prices)
    table = {name: ["x"] * rows for name in ("partner_id", "customer_id", "license_code")}
    table |= {"subscription_id": range(rows), "product": ["meetings"] * rows, "currency": ["EUR"] * rows}
    sink = io.BytesIO()
    amounts = pa.array([Decimal(price) for price in prices], pa.decimal128(38, 7))
    pq.write_table(pa.table(table | {"unit_price_month": amounts}), sink)
    checked = check_partition(con, CONTRACT_LINES, DAY, [parse_parquet("a.parquet", sink.getvalue(), CONTRACT_LINES)])
    accepted = con.execute(f"select unit_price_month from ({checked.accepted_sql}) order by subscription_id").fetchall()
    assert accepted == [(Decimal(0),), (Decimal(10**9),), (Decimal(5),)]
    assert checked.quarantined_sql is not None
    reasons = con.execute(f"select record_number, reasons from ({checked.quarantined_sql}) order by 1").fetchall()
    assert reasons == [(2, ["negative_count"]), (4, ["out_of_range"]), (5, [BAD]), (6, [BAD])]
