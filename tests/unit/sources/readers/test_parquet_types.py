"""Every Arrow type that Parquet can hold, in a column of every contract type, against the contract's own words."""

import io
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS, Dataset
from expectations.delivery import wrong_kind
from sources.readers.errors import UnreadableFileError
from sources.readers.parquet_reader import parse_parquet

COLUMNS = {
    "integer": (LICENSE_ASSIGNMENTS, "total_licenses"),
    "date": (CUSTOMERS, "created_on"),
    "boolean": (SUBSCRIPTIONS, "is_trial"),
    "text": (CUSTOMERS, "customer_name"),
    "partition date": (CUSTOMERS, "snapshot_date"),
}
MIDNIGHT, NOON = datetime(2026, 3, 1), datetime(2026, 3, 1, 12)  # noqa: DTZ001  naive on purpose
FAR, EARLY = datetime(9999, 12, 31), datetime(1, 1, 1)  # noqa: DTZ001
DAY = date(2026, 3, 1)


def file_of(dataset: Dataset, column: str, values: Any, **options: Any) -> bytes:
    columns: dict[str, Any] = {name: pa.nulls(len(values), pa.string()) for name in dataset.column_names}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns | {column: values}), sink, **options)
    return sink.getvalue()


def read(dataset: Dataset, column: str, values: Any, **options: Any) -> list[str | None]:
    """The column's text; WRONG where a value is of a wrong kind."""
    rows = parse_parquet("a.parquet", file_of(dataset, column, values, **options), dataset).rows
    texts: list[str | None] = rows.column(column).to_pylist()
    if wrong_kind(column) not in rows.schema.names:
        return texts
    marks = rows.column(wrong_kind(column)).to_pylist()
    return ["WRONG" if mark else text for text, mark in zip(texts, marks, strict=True)]


def extension(kind: Any, storage: Any) -> Any:
    return pa.ExtensionArray.from_storage(kind, storage)


def decimals(kind: Any, *values: str | None) -> Any:
    return pa.array([None if value is None else Decimal(value) for value in values], kind)


WHOLE = {"integer": ["5", None]}
DATED = {"date": ["2026-03-01", None], "partition date": ["2026-03-01", None]}
TEXT: dict[str, list[str | None]] = {key: ["5", None] for key in COLUMNS}
NOTHING: dict[str, list[str | None]] = {}

TYPES: dict[str, tuple[Any, dict[str, list[str | None]]]] = {
    **{
        f"{kind}": (pa.array([5, None], kind), {**WHOLE, "text": ["5", None]})
        for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
    },
    **{f"{kind}": (pa.array([5.0, None], kind), WHOLE) for kind in (pa.float16(), pa.float32(), pa.float64())},
    **{
        f"{kind}": (decimals(kind, "5", None), WHOLE)
        for width in (pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256)
        for kind in (width(9, 0), width(9, 2), width(9, 8))
    },
    **{
        f"{kind}": (decimals(kind, "0", None), {"integer": ["0", None]})
        for kind in (pa.decimal32(9, 9), pa.decimal64(18, 18), pa.decimal128(38, 38), pa.decimal256(76, 76))
    },
    "a decimal as dictionary": (decimals(pa.decimal128(9, 2), "5", None).dictionary_encode(), WHOLE),
    "an integer as dictionary": (
        pa.array([5, None], pa.int8()).dictionary_encode(),
        {**WHOLE, "text": ["5", None]},
    ),
    **{f"{kind}": (pa.array(["5", None], kind), TEXT) for kind in (pa.string(), pa.large_string(), pa.string_view())},
    "text as dictionary": (pa.array(["5", None]).dictionary_encode(), TEXT),
    "large text as dictionary": (pa.array(["5", None], pa.large_string()).dictionary_encode(), TEXT),
    "json": (extension(pa.json_(), pa.array(["5", None])), TEXT),
    "date32": (pa.array([DAY, None], pa.date32()), DATED),
    "date64": (pa.array([DAY, None], pa.date64()), DATED),
    "a date as dictionary": (pa.array([DAY, None]).dictionary_encode(), DATED),
    **{
        f"timestamp {unit} {zone}": (
            pa.array([MIDNIGHT, None], pa.timestamp(unit)).cast(pa.timestamp(unit, zone)),
            DATED,
        )
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "UTC", "+00:00", "Europe/Berlin")
    },
    "a timestamp as dictionary": (pa.array([MIDNIGHT, None]).dictionary_encode(), DATED),
    "boolean": (pa.array([True, None]), {"boolean": ["true", None]}),
    "a boolean as dictionary": (pa.array([True, None]).dictionary_encode(), {"boolean": ["true", None]}),
    "bool8": (extension(pa.bool8(), pa.array([1, None], pa.int8())), {"boolean": ["true", None]}),
    "null": (pa.nulls(2), {key: [None, None] for key in COLUMNS}),
    **{f"{kind}": (pa.array([b"5", None], kind), NOTHING) for kind in (pa.binary(), pa.large_binary(), pa.binary(1))},
    "binary view": (pa.array([b"5", None], pa.binary_view()), NOTHING),
    "binary as dictionary": (pa.array([b"5", None]).dictionary_encode(), NOTHING),
    "uuid": (extension(pa.uuid(), pa.array([uuid.UUID(int=5).bytes, None], pa.binary(16))), NOTHING),
    "time32": (pa.array([time(0), None], pa.time32("s")), NOTHING),
    "time64": (pa.array([time(0), None], pa.time64("us")), NOTHING),
    "duration": (pa.array([timedelta(5), None], pa.duration("s")), NOTHING),
    "list": (pa.array([[5], None]), NOTHING),
    "large list": (pa.array([[5], None], pa.large_list(pa.int8())), NOTHING),
    "list of fixed size": (pa.array([[5], None], pa.list_(pa.int8(), 1)), NOTHING),
    "list view": (pa.array([[5], None], pa.list_view(pa.int8())), NOTHING),
    "list of text": (pa.array([["5"], None]), NOTHING),
    "struct": (pa.array([{"a": 5}, None]), NOTHING),
    "struct of structs": (pa.array([{"a": {"b": "5"}}, None]), NOTHING),
    "map": (pa.array([[("a", 5)], None], pa.map_(pa.string(), pa.int8())), NOTHING),
    "tensor": (
        extension(pa.fixed_shape_tensor(pa.int8(), [1]), pa.array([[5], None], pa.list_(pa.int8(), 1))),
        NOTHING,
    ),
}


@pytest.mark.parametrize("store_schema", [True, False])
@pytest.mark.parametrize("name", TYPES)
def test_a_type_in_every_column(name: str, store_schema: bool) -> None:
    values, taken = TYPES[name]
    if not store_schema and (name in ("bool8", "duration") or "float16" in name):
        taken = {} if name == "bool8" else taken  # without Arrow's own schema these are integers
    for kind, (dataset, column) in COLUMNS.items():
        found = read(dataset, column, values, store_schema=store_schema)
        if not store_schema and name in ("bool8", "duration"):
            number = {"bool8": "1", "duration": "432000"}[name]
            expected = [number, None] if kind in ("integer", "text") else ["WRONG", None]
        else:
            expected = taken.get(kind, ["WRONG", None])
        assert found == expected, kind


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (pa.decimal32(9, 2), "7.01"),
        (pa.decimal32(9, 9), "-0.1"),
        (pa.decimal64(18, 3), "-7.001"),
        (pa.decimal64(18, 18), "0.000000000000000001"),
        (pa.decimal128(38, 38), "0.1"),
        (pa.decimal256(76, 76), "-0." + "0" * 75 + "1"),
    ],
)
def test_a_decimal_with_a_fraction_is_none(kind: Any, wrong: str) -> None:
    assert read(LICENSE_ASSIGNMENTS, "total_licenses", decimals(kind, wrong, "0", None)) == ["WRONG", "0", None]


@pytest.mark.parametrize("kind", [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(20, 2), pa.decimal256(76, 2)])
def test_decimals_keep_their_value(kind: Any) -> None:
    values = ["-12.00", "9999999.00", "0.00", None]
    assert read(LICENSE_ASSIGNMENTS, "total_licenses", decimals(kind, *values)) == ["-12", "9999999", "0", None]


def test_a_decimal_of_76_digits_is_shown_whole() -> None:
    digits = "9" * 76  # no integer of 64 bits: the row check says so, of its text
    assert read(LICENSE_ASSIGNMENTS, "total_licenses", decimals(pa.decimal256(76, 0), digits)) == [digits]


@pytest.mark.parametrize("store_schema", [True, False])
@pytest.mark.parametrize("column", ["created_on", "snapshot_date"])
def test_int96_reaches_every_date(column: str, store_schema: bool) -> None:
    values = pa.array([FAR, EARLY, None, MIDNIGHT, NOON, datetime(2262, 4, 12), datetime(1677, 9, 20)])  # noqa: DTZ001
    found = read(CUSTOMERS, column, values, use_deprecated_int96_timestamps=True, store_schema=store_schema)
    expected = ["9999-12-31", "0001-01-01", None, "2026-03-01", "WRONG", "2262-04-12", "1677-09-20"]
    assert found == expected


@pytest.mark.parametrize("nanoseconds", [1, 999, 1_000, 999_999_999])
def test_int96_a_moment_after_midnight_is_no_date(nanoseconds: int) -> None:
    ticks = 20_513 * 86_400 * 10**9  # 2026-03-01
    values = pa.array([ticks, ticks + nanoseconds, ticks - nanoseconds], pa.int64()).cast(pa.timestamp("ns"))
    found = read(CUSTOMERS, "created_on", values, use_deprecated_int96_timestamps=True)
    assert found == ["2026-03-01", "WRONG", "WRONG"]


def test_int96_beside_other_columns_in_several_batches() -> None:
    rows = 300_000
    days = pa.array([20_513 + 3_000_000 * (number % 2) % 2_900_000 for number in range(rows)], pa.int32())
    table = pa.table(
        {
            "partner_id": ["p"] * rows,
            "customer_id": pa.array(range(rows)),
            "customer_name": ["n"] * rows,
            "created_on": days.cast(pa.date32()).cast(pa.timestamp("s")).cast(pa.timestamp("us")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, use_deprecated_int96_timestamps=True, row_group_size=70_000)
    found = parse_parquet("a.parquet", sink.getvalue(), CUSTOMERS).rows
    assert found.column("created_on").to_pylist() == days.cast(pa.date32()).cast(pa.string()).to_pylist()
    assert found.column("customer_id").to_pylist() == [str(number) for number in range(rows)]


@pytest.mark.parametrize(
    ("kind", "ticks"),
    [
        (pa.timestamp("s"), 86_400 * 4_000_000),  # the year 12921
        (pa.timestamp("ms"), -86_400_000 * 4_000_000),
        (pa.timestamp("us"), 86_400_000_000 * 100_000_000),
        (pa.timestamp("ms"), 2**62 // 86_400_000 * 86_400_000),
    ],
)
def test_a_day_beyond_the_calendar_is_never_another_day(kind: Any, ticks: int) -> None:
    values = pa.array([ticks], pa.int64()).cast(kind)
    assert read(CUSTOMERS, "created_on", values) == ["WRONG"]


def test_days_of_five_digits_stay_so() -> None:
    """The row check refuses them by their text."""
    values = pa.array([2_932_897, 2_932_896], pa.int32()).cast(pa.date32())
    assert read(CUSTOMERS, "created_on", values) == ["10000-01-01", "9999-12-31"]


def test_a_zone_is_no_matter_to_int96() -> None:
    """It has none: what an engine writes there is UTC."""
    values = pa.array([datetime(2026, 3, 1, tzinfo=UTC)], pa.timestamp("us", "Asia/Tokyo"))
    found = read(CUSTOMERS, "created_on", values, use_deprecated_int96_timestamps=True)
    assert found == ["2026-03-01"]


def with_empty_group(content: bytes, column: str) -> bytes:
    """A file of three columns, with one more in its schema: a group without children, which has no values.

    The footer is Thrift's compact protocol: the list of schema elements, of which the first one is their root.
    """
    size = int.from_bytes(content[-8:-4], "little")
    footer, root = content[-8 - size : -8], b"schema\x15\x06\x00"
    assert footer.count(root) == 1 and footer.count(b"\x19\x4c") >= 1
    element = b"\x35\x00\x18" + bytes([len(column)]) + column.encode() + b"\x15\x00\x00"
    made = footer.replace(b"\x19\x4c", b"\x19\x5c", 1).replace(root, b"schema\x15\x08\x00" + element)
    return content[: -8 - size] + made + len(made).to_bytes(4, "little") + b"PAR1"


def test_an_empty_group_refuses_the_file_by_name() -> None:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": ["n"]}), sink, store_schema=False
    )
    content = with_empty_group(sink.getvalue(), "country_code")
    assert pa.types.is_struct(pq.ParquetFile(io.BytesIO(content)).schema_arrow.field("country_code").type)
    with pytest.raises(UnreadableFileError, match="a column that is an empty group, and holds no values: country_code"):
        parse_parquet("a.parquet", content, CUSTOMERS)


def test_an_empty_group_that_is_not_read_is_no_matter() -> None:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": ["n"]}), sink, store_schema=False
    )
    delivered = parse_parquet("a.parquet", with_empty_group(sink.getvalue(), "tags"), CUSTOMERS)
    assert delivered.unexpected_columns == ("tags",)
    assert delivered.rows.column("customer_id").to_pylist() == ["c"]
