"""Publications for tests: small ones, of two partners whose every value says whose it is."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from contracts.descriptions import TableDescription, table_descriptions
from contracts.marts import read_marts
from storage.postgres.apply import Applied, apply
from storage.postgres.connection import connect
from storage.postgres.shape import open_published

FIRST = date(2026, 3, 1)
PUBLISHED_AT = datetime.fromisoformat("2026-04-01 05:30:00.123456")
PARTNERS = ("ours", "theirs")
SUBSCRIPTIONS = 4

TABLES = {
    "marts.license_positions": (
        "as_of_date date, partner_id text, product text, subscription_id text, customer_id text, customer_name text,"
        " is_trial boolean, total_licenses bigint, assignment_ratio double"
    ),
    "marts.portfolio_kpis": "as_of_date date, partner_id text, total_customers bigint",
    "marts.license_distribution_trend": "as_of_date date, partner_id text, product text, total_licenses bigint",
    "marts.customer_overview": (
        "as_of_date date, partner_id text, customer_id text, owner text, sub_partner_id text, subscriptions bigint"
    ),
    "marts.dim_customers": "partner_id text, customer_id text, customer_name text",
    "marts.dim_dates": "as_of_date date, weekday text",
    "marts.notes": "note text, customer_id text",
    "meta.publication": "publication_id text, published_at timestamp, last_as_of_date date",
    "meta.ingestion": "dataset text, partition_date date, rows_read bigint",
    "meta.freshness": "subject text, partner_id text, newest_date date",
    "meta.check_results": "check_name text, partner_id text, sample text",
}
Rows = dict[str, list[tuple[Any, ...]]]


def day(number: int) -> date:
    """The as-of date of a number."""
    return FIRST + timedelta(days=number)


def customer_of(partner: str, number: int) -> str:
    """The customer of a partner's subscription; two of them share one."""
    return f"{partner}-customer-{number // 2}"


def owner_of(partner: str, number: int) -> str:
    """Who looks after a subscription's customer: a name that both partners have for their first, and so on."""
    return f"Owner {number // 2}"


def sub_partner_of(partner: str, number: int) -> str:
    """Through whom a subscription's customer buys: a name that both partners have for their first, and so on."""
    return f"reseller-{number // 2}"


def value_of(partner: str, number: int) -> int:
    """A figure that belongs to one partner: none of another's comes near."""
    return PARTNERS.index(partner) * 1_000_000 + 100 + number


def rows(days: Sequence[int], publication: str = "p1", shift: Mapping[int, int] | None = None) -> Rows:
    """The rows of a publication of some days.

    Args:
        shift: what is added to a day's figures, by day: a correction.
    """
    found: Rows = {table: [] for table in TABLES}
    for number in days:
        more = (shift or {}).get(number, 0)
        found["marts.dim_dates"].append((day(number), f"{day(number):%A}"))
        for partner in PARTNERS:
            found["marts.portfolio_kpis"].append((day(number), partner, value_of(partner, more)))
            found["marts.license_distribution_trend"].append(
                (day(number), partner, "meetings", value_of(partner, 10 + more))
            )
            found["marts.customer_overview"] += [
                (
                    day(number),
                    partner,
                    customer_of(partner, one),
                    owner_of(partner, one),
                    sub_partner_of(partner, one),
                    value_of(partner, one + more),
                )
                for one in (0, 2)
            ]
            found["marts.license_positions"] += [
                (
                    day(number),
                    partner,
                    "meetings",
                    f"{partner}-subscription-{one}",
                    customer_of(partner, one),
                    f"Name, of {customer_of(partner, one)}",
                    one % 2 == 0,
                    value_of(partner, one + more),
                    (one + more) / 7,
                )
                for one in range(SUBSCRIPTIONS)
            ]
    for partner in PARTNERS:
        found["marts.dim_customers"] += [
            (partner, customer_of(partner, one), f"Name, of {customer_of(partner, one)}") for one in (0, 2)
        ]
        found["marts.notes"].append((f"a note on {partner}", customer_of(partner, 0)))
        found["meta.freshness"].append(("partner", partner, day(max(days, default=0))))
        found["meta.check_results"].append(("some_check", partner, f"{customer_of(partner, 0)} is odd"))
    found["meta.ingestion"].append(("customers", FIRST, value_of("theirs", 7)))
    found["meta.publication"].append((publication, PUBLISHED_AT, day(max(days, default=0))))
    return found


def write(path: Path, held: Rows, tables: Mapping[str, str] = TABLES) -> Path:
    """A published file with these rows."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "marts_latest", "meta"):
            connection.execute(f"create schema {schema}")
        for table, columns in tables.items():
            connection.execute(f"create table {table} ({columns})")
            for row in held.get(table, ()):
                connection.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        connection.execute(
            "create temp table newest as"
            " select partner_id, max(as_of_date) as as_of_date from marts.portfolio_kpis group by partner_id"
        )
        for table in tables:
            schema, _, name = table.partition(".")
            if schema == "marts" and {"as_of_date", "partner_id"} <= set(tables[table].replace(",", "").split()):
                connection.execute(
                    f"create table marts_latest.{name} as"
                    f" select mart.* from {table} as mart join newest using (partner_id, as_of_date)"
                )
    return path


@cache
def descriptions() -> Mapping[str, TableDescription]:
    """Of the marts, read once."""
    return table_descriptions(read_marts())


def apply_file(dsn: str, path: Path, **options: Any) -> Applied:
    """Apply a published file."""
    with connect(dsn) as connection, open_published(path, descriptions(), "200MB") as published:
        return apply(connection, published, **options)
