"""The two optional datasets as a user has them: delivered well and badly, late, and of a customer who is forgotten."""

import csv
import sqlite3
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ..reference.contract import ACCOUNTS, CONTRACT_LINES, LICENSE_ASSIGNMENTS
from ..reference.marts import reference_build
from ..reference.raw import Row
from .commands import portfolio
from .comparing import assert_marts_equal
from .homes import published_file
from .plain import deliver, partition_file, write_plain

KEYS = ("partner_id", "customer_id", "subscription_id", "product", "license_code")


def terms_of(lines: list[Row]) -> list[Row]:
    """A row for each licence line, once each, with a price that only it has."""
    found = {tuple(line[name] for name in CONTRACT_LINES.key): line for line in lines}
    return [
        dict.fromkeys(column.name for column in CONTRACT_LINES.columns)
        | {name: line[name] for name in KEYS}
        | {"currency": "EUR", "unit_price_month": Decimal(number) / 8, "notice_days": 30, "buying_model": "wholesale"}
        for number, line in enumerate(found.values(), 1)
    ]


def accounts_of(lines: list[Row]) -> list[Row]:
    customers = {(line["partner_id"], line["customer_id"]) for line in lines}
    return [
        {"partner_id": partner, "customer_id": customer, "owner": "Kim Doe", "segment": None, "sub_partner_id": None}
        for partner, customer in sorted(customers)
    ]


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def inputs(home: Path) -> dict[str, str]:
    connection = sqlite3.connect(home / "ledger.sqlite")
    try:
        return dict(connection.execute("select as_of_date, inputs_hash from as_of_days").fetchall())
    finally:
        connection.close()


def test_they_never_block_are_stored_as_decimals_and_forget_a_customer(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, _, last = write_plain(12, landing)
    where = ("--landing", landing, "--home", home)
    window = ("--from", str(last - timedelta(days=2)), "--to", str(last))
    day, lines = last - timedelta(days=1), content[LICENSE_ASSIGNMENTS.name, last - timedelta(days=1)]
    terms = terms_of(lines)
    broken = [terms[0] | {"subscription_id": "x", "currency": "eur"}, terms[0] | {"notice_days": 3651}]
    deliver(landing, CONTRACT_LINES, day, [*terms, *broken])
    deliver(landing, CONTRACT_LINES, last, terms, without="currency")  # is refused
    deliver(landing, ACCOUNTS, day, accounts_of(lines))
    expected = reference_build(landing, last - timedelta(days=2), last)
    assert expected.exit_code == 0

    done = portfolio("materialize", *where, *window)
    assert f"refused: contract_lines {last}: export.csv: lacks the required columns currency" in done.stdout
    assert f"missing: accounts {last}" in done.stdout
    assert "blocked" not in done.stdout
    assert_marts_equal(published_file(home), expected.marts)
    stored = rows(
        home,
        "select subscription_id, product, license_code, unit_price_month, typeof(unit_price_month)"
        " from staging.stg_contract_lines order by unit_price_month",
    )
    assert stored == [
        (row["subscription_id"], row["product"], row["license_code"], row["unit_price_month"], "DECIMAL(18,6)")
        for row in terms
    ]
    assert rows(home, "select distinct owner, snapshot_date from staging.stg_accounts") == [("Kim Doe", day)]
    said = portfolio("quarantine", "contract_lines", str(day), "--home", home).stdout
    assert "currency 'eur' is no currency" in said
    assert "notice_days '3651' is above 3650" in said
    assert "published days are up to date" in portfolio("status", *where).stdout

    # Delivered late and otherwise, as Parquet: it is read, and the day that sees it is built again, no other.
    before = inputs(home)
    partition_file(landing, CONTRACT_LINES, last).unlink()
    prices = pa.array([float(row["unit_price_month"]) + 1e-8 for row in terms])
    table = {name: [None if row[name] is None else str(row[name]) for row in terms] for name in terms[0]}
    pq.write_table(
        pa.table(table | {"unit_price_month": prices}), partition_file(landing, CONTRACT_LINES, last, "a.parquet")
    )
    rebuilt = portfolio("materialize", *where, "--stale").stdout
    assert "refused" not in rebuilt
    assert f"published: {last} (1 day)" in rebuilt
    portfolio("materialize", *where, *window)
    assert {day for day, found in inputs(home).items() if found != before[day]} == {str(last)}
    assert_marts_equal(published_file(home), reference_build(landing, last - timedelta(days=2), last).marts)
    late = rows(
        home, f"select unit_price_month from staging.stg_contract_lines where snapshot_date = date '{last}' order by 1"
    )
    assert late == [(row["unit_price_month"],) for row in terms]

    # A customer goes with the terms of its subscriptions and its account.
    partner, customer = next((row["partner_id"], row["customer_id"]) for row in terms if row["customer_id"] != "stale")
    portfolio("forget", *where, "--customer", customer, "--partner", partner, "--rewrite-landing")
    for model in ("stg_contract_lines", "stg_accounts"):
        left = rows(home, f"select customer_id from staging.{model} where partner_id = '{partner}'")
        assert left and (customer,) not in left
    for dataset in (CONTRACT_LINES, ACCOUNTS):
        with partition_file(landing, dataset, day).open(encoding="utf-8", newline="") as file:
            kept = list(csv.DictReader(file))
        assert kept and not [row for row in kept if (row["partner_id"], row["customer_id"]) == (partner, customer)]
