"""Parquet columns of every kind: taken where the contract says so, `bad_type` where not."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS
from .fault import Fault, loaded, refused
from .feed import ROWS, empty_parquet, good_parquet

_ALL_BAD = "40 of 40 rows (100.0 %) break the contract, more than the 5 % allowed: bad_type 40"
_TOTALS: list[Any] = [10 * number for number in range(1, ROWS + 1)]
_FILE = "export.parquet"


def _totals(kind: pa.DataType, first: Any = 10, second: Any = 20) -> bytes:
    """Total licences in a column of some type, with two values to choose."""
    return good_parquet(LICENSE_ASSIGNMENTS, total_licenses=pa.array([first, second, *_TOTALS[2:]], kind))


def _refused(name: str, dataset: Any, **columns: Any) -> Fault:
    return refused(name, dataset, good_parquet(dataset, **columns), _ALL_BAD, file=_FILE, read=ROWS)


_DECIMALS = [Decimal(value) for value in _TOTALS]
_NOON, _MIDNIGHT = datetime(2024, 1, 15, 12), datetime(2024, 1, 15)  # noqa: DTZ001  Parquet's naive ones

PARQUET_FAULTS: list[Fault] = [
    loaded(
        "NaN and infinity in Parquet",
        LICENSE_ASSIGNMENTS,
        _totals(pa.float64(), float("nan"), float("-inf")),
        {1: {"bad_type"}, 2: {"bad_type"}},
        file=_FILE,
    ),
    loaded("doubles without fraction", LICENSE_ASSIGNMENTS, _totals(pa.float64(), -0.0, 20.0), file=_FILE),
    loaded(
        "doubles with fraction, and beyond 64 bits",
        LICENSE_ASSIGNMENTS,
        _totals(pa.float64(), 10.5, 2.0**63),
        {1: {"bad_type"}, 2: {"bad_type"}},
        file=_FILE,
    ),
    loaded(
        "decimals without fraction",
        LICENSE_ASSIGNMENTS,
        good_parquet(LICENSE_ASSIGNMENTS, total_licenses=pa.array(_DECIMALS, pa.decimal128(12, 3))),
        file=_FILE,
    ),
    loaded(
        "decimals with fraction",
        LICENSE_ASSIGNMENTS,
        good_parquet(
            LICENSE_ASSIGNMENTS,
            total_licenses=pa.array([Decimal("0.001"), None, *_DECIMALS[2:]], pa.decimal128(12, 3)),
        ),
        {1: {"bad_type"}, 2: {"missing_required"}},
        file=_FILE,
    ),
    loaded("unsigned beyond 64 bits", LICENSE_ASSIGNMENTS, _totals(pa.uint64(), 2**63), {1: {"bad_type"}}, file=_FILE),
    loaded(
        "negative in a small type", LICENSE_ASSIGNMENTS, _totals(pa.int16(), -1), {1: {"negative_count"}}, file=_FILE
    ),
    loaded(
        "timestamps for dates",
        SUBSCRIPTIONS,
        good_parquet(SUBSCRIPTIONS, start_date=pa.array([_NOON] + [_MIDNIGHT] * (ROWS - 1), pa.timestamp("ns"))),
        # Midnight of January 15 is before every end date.
        {1: {"bad_type"}},
        file=_FILE,
    ),
    loaded(
        "numbers for ids",
        CUSTOMERS,
        good_parquet(CUSTOMERS, customer_name=pa.array(range(ROWS), pa.int32())),
        file=_FILE,
    ),
    loaded(
        "categories, and nested columns that nobody asked for",
        SUBSCRIPTIONS,
        good_parquet(
            SUBSCRIPTIONS,
            status=pa.array(["active"] * ROWS).dictionary_encode(),
            tags=pa.array([[{"key": "tier", "value": 1}]] * ROWS),
        ),
        file=_FILE,
        unexpected=("tags",),
    ),
    loaded(
        "date column as timestamps of another day",
        CUSTOMERS,
        good_parquet(CUSTOMERS, snapshot_date=pa.array([_MIDNIGHT, _NOON] + [None] * (ROWS - 2), pa.timestamp("us"))),
        {1: {"wrong_partition_date"}, 2: {"wrong_partition_date"}},
        file=_FILE,
    ),
    _refused("doubles for names", CUSTOMERS, customer_name=pa.array([1.0] * ROWS)),
    _refused("numbers for booleans", SUBSCRIPTIONS, is_trial=pa.array([1] * ROWS)),
    _refused("numbers for dates", SUBSCRIPTIONS, start_date=pa.array([20240115] * ROWS)),
    _refused("dates for counts", LICENSE_ASSIGNMENTS, total_licenses=pa.array([date(2024, 1, 1)] * ROWS)),
    _refused("bytes for text", CUSTOMERS, customer_name=pa.array([b"Acme"] * ROWS)),
    _refused("lists for counts", LICENSE_ASSIGNMENTS, total_licenses=pa.array([[1, 2]] * ROWS)),
    _refused("structures for text", LICENSE_ASSIGNMENTS, license_code=pa.array([{"code": "EE"}] * ROWS)),
    refused(
        "no rows in Parquet",
        LICENSE_ASSIGNMENTS,
        empty_parquet(LICENSE_ASSIGNMENTS),
        "without one accepted row (rows read: 0)",
        file=_FILE,
    ),
]
