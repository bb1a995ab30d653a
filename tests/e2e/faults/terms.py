"""The optional datasets, delivered badly: no day is left out for them."""

import pyarrow as pa

from ...reference.contract import ACCOUNTS, CONTRACT_LINES
from .fault import Fault, loaded, refused
from .feed import as_csv, good_parquet, good_rows, header_of, throughout, with_csv

TERMS_FAULTS: list[Fault] = [
    loaded(
        "prices that are none",
        CONTRACT_LINES,
        with_csv(
            CONTRACT_LINES,
            {
                1: {"unit_price_month": "1,5"},
                2: {"unit_price_month": " +12.500000 "},
                20: {"unit_cost_month": "-1234567890123", "growth_allowance": "10.000001"},
                30: {"unit_cost_month": "-0.5"},
            },
        ),
        {1: {"bad_type"}, 20: {"bad_type", "out_of_range"}, 30: {"negative_count"}},
    ),
    loaded(
        "terms of other lists",
        CONTRACT_LINES,
        with_csv(
            CONTRACT_LINES,
            {5: {"currency": "EUR "}, 6: {"buying_model": "Wholesale"}, 7: {"notice_days": "3651"}},
        ),
        {5: {"bad_currency"}, 6: {"unknown_buying_model"}, 7: {"out_of_range"}},
    ),
    loaded(
        "prices as floats",
        CONTRACT_LINES,
        good_parquet(
            CONTRACT_LINES,
            unit_price_month=pa.array([float("nan"), 1e12, -1e-9, *(0.1 for _ in good_rows(CONTRACT_LINES)[3:])]),
        ),
        {1: {"bad_type"}, 2: {"bad_type"}},
        file="export.parquet",
    ),
    refused(
        "currencies in small letters",
        CONTRACT_LINES,
        as_csv(throughout(CONTRACT_LINES, currency="eur")),
        "40 of 40 rows (100.0 %) break the contract, more than the 5 % allowed: bad_currency 40",
        read=40,
    ),
    refused(
        "terms without a currency",
        CONTRACT_LINES,
        as_csv(good_rows(CONTRACT_LINES), header=[name for name in header_of(CONTRACT_LINES) if name != "currency"]),
        "lacks the required columns currency",
    ),
    refused(
        "no accounts",
        ACCOUNTS,
        as_csv([], header=header_of(ACCOUNTS)),
        "a snapshot without one accepted row",
    ),
]
