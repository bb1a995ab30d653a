"""A good feed of forty rows a dataset, the same on every day, and ways to write it down.

Forty, so that three broken rows, more than 5 %, stay within the circuit breaker, and four trip it. `of_size` makes it
another number, to see what becomes of the same faults there.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...reference.contract import (
    ACCOUNTS,
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    SUBSCRIPTIONS,
    Dataset,
)

Texts = dict[str, str]
ROWS = 40


@contextmanager
def of_size(rows: int) -> Iterator[None]:
    """Within the block, a good feed has so many rows a dataset."""
    global ROWS
    before, ROWS = ROWS, rows
    try:
        yield
    finally:
        ROWS = before


def good_rows(dataset: Dataset) -> list[Texts]:
    """The rows of a good day: ten of the partner south, from the 31st on, and all others of north.

    Each customer has one subscription.
    """
    return [_ROW_OF[dataset](number) for number in range(1, ROWS + 1)]


def _identity(number: int) -> Texts:
    return {"partner_id": "south" if 30 < number <= 40 else "north", "customer_id": f"c{number:02d}"}


def _customer(number: int) -> Texts:
    named = {"customer_name": f"Café {number}", "country_code": "NO", "created_on": "2020-01-31"}
    return _identity(number) | named


def _subscription(number: int) -> Texts:
    is_trial = number % 8 == 0
    return _identity(number) | {
        "subscription_id": f"s{number:02d}",
        "is_trial": str(is_trial).lower(),
        "status": "active",
        "start_date": f"2024-{1 + number % 6:02d}-15",
        "end_date": "" if number % 5 == 0 else f"2024-{7 + number % 6:02d}-15",
        "auto_renew": str(number % 3 == 0).lower(),
    }


def _line(number: int) -> Texts:
    return _identity(number) | {
        "subscription_id": f"s{number:02d}",
        "product": "calling" if number % 4 == 0 else "meetings",
        "license_code": "EE",
        "license_name": "Enterprise",
        "total_licenses": str(10 * number),
        "assigned_licenses": str(7 * number),
    }


def _use(number: int) -> Texts:
    return _identity(number) | {
        "subscription_id": f"s{number:02d}",
        "product": "calling" if number % 4 == 0 else "meetings",
        "user_id": f"u{number:02d}",
        "activity_count": str(number),
    }


def _terms(number: int) -> Texts:
    return _identity(number) | {
        "subscription_id": f"s{number:02d}",
        "product": "calling" if number % 4 == 0 else "meetings",
        "license_code": "EE",
        "currency": "EUR",
        "unit_price_month": f"{number}.5",
        "unit_cost_month": str(number),
        "notice_days": "30",
        "buying_model": "enterprise_agreement" if number % 2 else "named_user",
        "growth_allowance": "0.2" if number % 2 else "",
        "renewal_quantity": "",
    }


def _account(number: int) -> Texts:
    return _identity(number) | {"owner": "Kim Doe", "segment": "SMB", "sub_partner_id": ""}


_ROW_OF: dict[Dataset, Callable[[int], Texts]] = {
    CUSTOMERS: _customer,
    SUBSCRIPTIONS: _subscription,
    LICENSE_ASSIGNMENTS: _line,
    LICENSE_USAGE: _use,
    CONTRACT_LINES: _terms,
    ACCOUNTS: _account,
}


def changed(dataset: Dataset, changes: Mapping[int, Mapping[str, str]]) -> list[Texts]:
    """The good rows, some of them (by record number, 1 is the first) with other values."""
    return [row | changes.get(number, {}) for number, row in enumerate(good_rows(dataset), 1)]


def throughout(dataset: Dataset, **values: str) -> list[Texts]:
    """The good rows, each with other values."""
    return [row | values for row in good_rows(dataset)]


def as_csv(rows: Sequence[Texts], *, header: Sequence[str] | None = None, **form: Any) -> bytes:
    """Rows as a CSV file, with the columns of the first row unless a header is given; `form` goes to the writer."""
    columns = list(header or rows[0])
    written = io.StringIO(newline="")
    writer = csv.writer(written, **({"lineterminator": "\r\n"} | form))
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return written.getvalue().encode()


def good(dataset: Dataset, **form: Any) -> bytes:
    """A good day's CSV file."""
    return as_csv(good_rows(dataset), **form)


def with_csv(dataset: Dataset, changes: Mapping[int, Mapping[str, str]]) -> bytes:
    """A good day's CSV file but for some values, by record number."""
    return as_csv(changed(dataset, changes))


def header_of(dataset: Dataset) -> list[str]:
    """The contract's columns, in order."""
    return [column.name for column in dataset.columns]


def packed(content: bytes) -> bytes:
    """The content as a gzip file, the same at every time."""
    return gzip.compress(content, mtime=0)


def as_parquet(rows: Sequence[Texts], **columns: Any) -> bytes:
    """Rows as a Parquet file of text columns, null where empty, except for the columns given as arrays."""
    texts = {name: pa.array([row[name] or None for row in rows], pa.string()) for name in rows[0]}
    written = io.BytesIO()
    pq.write_table(pa.table({**texts, **columns}), written)
    return written.getvalue()


def good_parquet(dataset: Dataset, **columns: Any) -> bytes:
    """A good day's Parquet file, with some columns given as arrays."""
    return as_parquet(good_rows(dataset), **columns)


def empty_parquet(dataset: Dataset) -> bytes:
    """A Parquet file of the contract's columns, without rows."""
    written = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in header_of(dataset)}), written)
    return written.getvalue()
