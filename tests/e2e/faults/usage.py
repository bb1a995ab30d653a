"""Usage: rows that repeat add up, an empty day is a holiday, and a refused day blocks only itself."""

import pyarrow as pa

from ...reference.contract import LICENSE_USAGE
from .fault import Fault, loaded, refused
from .feed import ROWS, as_csv, good, good_parquet, good_rows, header_of, packed, throughout, with_csv

_GOOD = good(LICENSE_USAGE)
_EMPTY = as_csv([], header=header_of(LICENSE_USAGE))

USAGE_FAULTS: list[Fault] = [
    loaded("usage of a holiday", LICENSE_USAGE, _EMPTY, read=0),
    loaded(
        "usage over several files",
        LICENSE_USAGE,
        {"a.csv": _GOOD, "b.csv.gz": packed(_GOOD), "c.parquet": good_parquet(LICENSE_USAGE)},
        read=120,
    ),
    loaded("usage repeated", LICENSE_USAGE, as_csv(good_rows(LICENSE_USAGE) * 3), read=120),
    loaded(
        "usage that adds up beyond 64 bits",
        LICENSE_USAGE,
        as_csv(throughout(LICENSE_USAGE, activity_count=str(2**63 - 1)) * 2),
        read=80,
    ),
    loaded(
        "activity of none",
        LICENSE_USAGE,
        with_csv(LICENSE_USAGE, {1: {"activity_count": "0"}, 2: {"activity_count": "-3"}}),
        {1: {"negative_count"}, 2: {"negative_count"}},
    ),
    loaded(
        "holder unknown",
        LICENSE_USAGE,
        with_csv(LICENSE_USAGE, {1: {"user_id": ""}, 2: {"user_id": "\u00a0"}}),
        {1: {"missing_required"}},
    ),
    loaded(
        "usage of what nobody bought",
        LICENSE_USAGE,
        with_csv(
            LICENSE_USAGE, {1: {"subscription_id": "s99"}, 2: {"partner_id": "nobody"}, 3: {"product": "devices"}}
        ),
    ),
    loaded(
        "usage of another day",
        LICENSE_USAGE,
        as_csv(
            [
                row | {"activity_date": "2024-01-01" if number < 2 else ""}
                for number, row in enumerate(good_rows(LICENSE_USAGE))
            ]
        ),
        {1: {"wrong_partition_date"}, 2: {"wrong_partition_date"}},
    ),
    loaded(
        "user ids as numbers",
        LICENSE_USAGE,
        good_parquet(LICENSE_USAGE, user_id=pa.array(range(ROWS), pa.int64())),
        file="export.parquet",
    ),
    refused(
        "products capitalised",
        LICENSE_USAGE,
        as_csv(throughout(LICENSE_USAGE, product="Meetings")),
        "40 of 40 rows (100.0 %) break the contract, more than the 5 % allowed: unknown_product 40",
        read=40,
    ),
    refused(
        "user column missing",
        LICENSE_USAGE,
        as_csv(
            good_rows(LICENSE_USAGE),
            header=["partner_id", "customer_id", "subscription_id", "product", "activity_count"],
        ),
        "export.csv: lacks the required columns user_id",
    ),
    refused("empty usage file", LICENSE_USAGE, b"", "export.csv: is empty: it has no header line"),
    refused("truncated usage", LICENSE_USAGE, packed(_GOOD)[:-9], "x.csv.gz: is truncated", file="x.csv.gz"),
]
