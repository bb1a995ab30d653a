"""The star in PostgreSQL: `marts_latest` is what it is in the published file, also for customers that left."""

from datetime import timedelta

import duckdb

from storage.publication.mart_tables import latest_tables

from .comparing import assert_equal
from .publications import FIRST, apply_file

TABLES = {
    "marts.portfolio_kpis": "as_of_date date, partner_id text, total_customers bigint",
    "marts.dim_customers": (
        "as_of_date date, partner_id text, customer_key text, customer_id text, customer_name text, country_code text"
    ),
    "marts.dim_subscriptions": "as_of_date date, partner_id text, subscription_key text, customer_id text",
    "marts.dim_products": "product text, product_name text",
    "meta.publication": "publication_id text, published_at timestamp",
}
MONDAY, TUESDAY = FIRST, FIRST + timedelta(days=1)


def publish(path):
    """Two days: a customer is renamed, another leaves; a second partner has the first day alone."""
    customers = [
        (MONDAY, "p", "p|a", "a", "Alpha", "DE"),
        (TUESDAY, "p", "p|a", "a", "Alpha Group", "DE"),
        (MONDAY, "p", "p|b", "b", "Beta", None),
        (MONDAY, "q", "q|a", "a", "Alpha of q", None),
    ]
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "meta"):
            connection.execute(f"create schema {schema}")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
        connection.executemany("insert into marts.dim_customers values (?, ?, ?, ?, ?, ?)", customers)
        connection.execute("insert into marts.dim_products values ('meetings', 'Meetings')")
        connection.execute(
            "insert into marts.dim_subscriptions"
            " select as_of_date, partner_id, customer_key || '-1', customer_id from marts.dim_customers"
        )
        connection.execute(
            "insert into marts.portfolio_kpis select distinct as_of_date, partner_id, 1 from marts.dim_customers"
        )
        connection.execute("insert into meta.publication values ('p1', timestamp '2026-03-03 04:00:00')")
        latest_tables(connection, [name.partition(".")[2] for name in TABLES if name.startswith("marts.")])
    return path


def test_latest_dimensions_hold_each_keys_newest_row(dsn, query, tmp_path):
    path = publish(tmp_path / "a.duckdb")

    apply_file(dsn, path)

    assert_equal(query, path, TABLES)
    assert query("select customer_key, as_of_date, customer_name from marts_latest.dim_customers order by 1") == [
        ("p|a", TUESDAY, "Alpha Group"),
        ("p|b", MONDAY, "Beta"),
        ("q|a", MONDAY, "Alpha of q"),
    ]
    assert query("select * from marts_latest.dim_products") == [("meetings", "Meetings")]
