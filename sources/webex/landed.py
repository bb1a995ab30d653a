"""What landing holds of earlier runs: rows that are repeated, days on which a subscription was first there, usage."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from expectations.contract import CUSTOMERS, DATASETS, LICENSE_USAGE, SUBSCRIPTIONS
from sources.landing.folder import LandingFolder
from sources.readers.reading import read_file
from sources.webex.landing_files import is_usage_file

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions
Counted = tuple[str, str, str, str]
"""Customer, subscription, product and user id."""


def first_days(landing: LandingFolder, partner: str, wanted: Collection[str], before: date) -> Mapping[str, date]:
    """The day of the first landed snapshot that has each of the subscriptions; those that none has are left out."""
    left, found = set(wanted), {}
    for day in landing.days(SUBSCRIPTIONS.name):
        if not left or day >= before:
            break
        present = set()
        for rows in _tables(landing, SUBSCRIPTIONS.name, day):
            present.update(_of_partner(rows, partner).column("subscription_id").to_pylist())
        for subscription in left & present:
            found[subscription] = day
        left -= present
    return found


def subscriptions_on(landing: LandingFolder, day: date) -> set[str]:
    """The subscriptions of a landed snapshot."""
    tables = _tables(landing, SUBSCRIPTIONS.name, day)
    return {one for rows in tables for one in rows.column("subscription_id").to_pylist() if one}


def newest_rows(
    landing: LandingFolder, partner: str, customers: Collection[str], before: date, datasets: Sequence[str]
) -> Mapping[str, tuple[date, Mapping[str, list[dict[str, str]]]]]:
    """For each customer the newest day of which landing has it, and its rows of that day, by dataset.

    Those that no day has are left out.
    """
    left, found = set(customers), {}
    for day in reversed(landing.days(CUSTOMERS.name)):
        if not left:
            break
        if day >= before:
            continue
        rows = {name: _by_customer(landing, name, day, partner, left) for name in datasets}
        for customer in left & rows[CUSTOMERS.name].keys():
            found[customer] = day, {name: rows[name].get(customer, []) for name in datasets}
        left -= found.keys()
    return found


def landed_usage(landing: LandingFolder, day: date, partner: str, customers: Collection[str]) -> Counter[Counted]:
    """How much of these customers' usage of a day this source has landed; what others delivered does not count."""
    counts: Counter[Counted] = Counter()
    for rows in _tables(landing, LICENSE_USAGE.name, day, own=True):
        rows = _of_customers(_of_partner(rows, partner), customers)
        names = ("customer_id", "subscription_id", "product", "user_id", "activity_count")
        columns = (rows.column(name).to_pylist() for name in names)
        for *key, count in zip(*columns, strict=True):
            customer, subscription, product, user = key
            counts[customer, subscription, product, user] += int(count)
    return counts


def own_usage(file: Path) -> pa.Table:
    """The rows of a file of usage that this source has landed, as text; none where there is no such file."""
    schema = pa.schema([(name, pa.string()) for name in LICENSE_USAGE.column_names])
    tables = _read([file], LICENSE_USAGE.name) if file.exists() else ()
    return pa.concat_tables([schema.empty_table(), *(rows.select(schema.names).cast(schema) for rows in tables)])


def _by_customer(
    landing: LandingFolder, dataset: str, day: date, partner: str, customers: Collection[str]
) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for rows in _tables(landing, dataset, day):
        for row in _rows(_of_customers(_of_partner(rows, partner), customers), dataset):
            found.setdefault(row["customer_id"], []).append(row)
    return found


def _rows(rows: pa.Table, dataset: str) -> list[dict[str, str]]:
    """The rows with the contract's columns, an empty text where there is nothing."""
    names = DATASETS[dataset].column_names
    return [{name: row.get(name) or "" for name in names} for row in rows.to_pylist()]


def _tables(landing: LandingFolder, dataset: str, day: date, *, own: bool = False) -> Iterator[pa.Table]:
    partition = landing.partition(dataset, day)
    files = partition.files if partition is not None else ()
    return _read([file for file in files if not own or is_usage_file(file.name)], dataset)


def _read(files: Iterable[Path], dataset: str) -> Iterator[pa.Table]:
    """The files' rows as text; one that can't be read is refused when it is ingested, and says nothing here."""
    for file in files:
        delivered = read_file(file, DATASETS[dataset]).delivered
        if delivered is not None:
            yield delivered.rows


def _of_customers(rows: pa.Table, customers: Collection[str]) -> pa.Table:
    wanted = pa.array(list(customers), pa.string())
    return rows.filter(pc.is_in(rows.column("customer_id").cast(pa.string()), value_set=wanted))


def _of_partner(rows: pa.Table, partner: str) -> pa.Table:
    return rows.filter(pc.equal(rows.column("partner_id").cast(pa.string()), partner))
