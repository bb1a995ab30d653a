"""A publication of one customer and others beside it, written by hand: what a pack is made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from storage.reading.customers import Customer
from storage.reading.opening import PublishedMarts

from ....reference.contract import MART_COLUMNS

DAY = date(2026, 3, 22)
PARTNER = "p1"
HOSTILE = "<b>Acme</b> #eval(\"1\") *x* $y$ =cmd|' /C calc'!A1 {{ 7 * 7 }} \u202egnp\u202c \x1b[31m"
CUSTOMER = Customer(PARTNER, "c1", HOSTILE)


def insert(connection: duckdb.DuckDBPyConnection, mart: str, **values: Any) -> None:
    row = {"as_of_date": DAY, "partner_id": PARTNER, **values}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"insert into marts.{mart} ({names}) values ({marks})", list(row.values()))


def position(connection: duckdb.DuckDBPyConnection, subscription: str = "s1", **values: Any) -> None:
    """A position of the customer: 40 licences, 30 assigned, 20 used, worth 4,800 EUR; what is named differs."""
    row = {
        "product": "meetings", "subscription_id": subscription, "customer_id": "c1", "customer_name": HOSTILE,
        "subscription_label": subscription, "is_trial": False, "status": "active", "start_date": date(2025, 6, 1),
        "end_date": date(2026, 5, 31), "auto_renew": False, "total_licenses": 40, "assigned_licenses": 30,
        "used_licenses": 20, "used_licenses_90d": 22, "available_licenses": 10, "overage_licenses": 0,
        "assignment_ratio": 0.75, "currency": "EUR", "value_12m": 4800.0, "cost_12m": 3999.5,
    } | values  # fmt: skip
    insert(connection, "license_positions", **row)


def overview(connection: duckdb.DuckDBPyConnection, customer: str = "c1", name: str = HOSTILE, **values: Any) -> None:
    row = {
        "customer_id": customer, "customer_name": name, "country_code": "DE", "owner": "Ann <i>Ott</i>",
        "segment": "SMB", "subscriptions": 1, "total_licenses": 40, "assigned_licenses": 30, "used_licenses": 20,
        "assignment_ratio": 0.75, "usage_ratio": 0.5, "next_end_date": date(2026, 5, 31), "currency": "EUR",
        "value_12m": 4800.0, "unpriced_subscriptions": 0,
    } | values  # fmt: skip
    insert(connection, "customer_overview", **row)


def others(connection: duckdb.DuckDBPyConnection, count: int) -> list[tuple[float, float]]:
    """So many other customers with meetings, and their assigned and used shares."""
    shares = []
    for number in range(count):
        total, assigned, used = 20 + number, 10 + number, 5 + number
        position(
            connection, f"other-s{number}", customer_id=f"other-{number}", customer_name=f"Rival {number}",
            total_licenses=total, assigned_licenses=assigned, used_licenses=used,
        )  # fmt: skip
        overview(connection, f"other-{number}", f"Rival {number}")
        shares.append((assigned / total, used / total))
    return shares


def before(connection: duckdb.DuckDBPyConnection, days: int) -> None:
    """The customer's position on so many days before, with one licence fewer assigned each day."""
    for back in range(1, days + 1):
        position(connection, as_of_date=DAY - timedelta(days=back), assigned_licenses=30 - back)


def create(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    connection.execute("create schema marts; create schema meta")
    connection.execute(
        "create table meta.publication as select 'pub-1' as publication_id,"
        " timestamp '2026-03-23 04:05:06' as published_at, date '2026-03-01' as first_as_of_date,"
        " date '2026-03-22' as last_as_of_date, '1' as contract_version, 'abc' as git_revision"
    )
    for mart, columns in MART_COLUMNS.items():
        connection.execute(f"create table marts.{mart} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    insert(connection, "portfolio_kpis")
    return connection


@contextmanager
def marts() -> Iterator[PublishedMarts]:
    with create() as connection:
        yield PublishedMarts(connection)
