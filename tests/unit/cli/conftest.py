"""A home folder with a tiny publication, written by hand: two partners, 22 days, figures that can be added up."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app

from ...reference.contract import MART_COLUMNS

NEWEST = date(2026, 3, 22)
DAYS = [NEWEST - timedelta(days=offset) for offset in range(22)]
OLDER = NEWEST - timedelta(days=1)

EXPIRING = {
    "customer_id": "c1",
    "subscription_label": "Sub1",
    "is_trial": False,
    "assigned_unused_licenses": 0,
    "available_licenses": 0,
    "overage_licenses": 0,
    "used_licenses_90d": 9,
}


def _insert(connection: duckdb.DuckDBPyConnection, mart: str, day: date, partner: str, **values: Any) -> None:
    row = {"as_of_date": day, "partner_id": partner, **values}
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"insert into marts.{mart} ({columns}) values ({marks})", list(row.values()))


def write_publication(path: Path) -> None:
    """Publish `acme` with rows of 22 days, and `zen`, whose newest day is the one before."""
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema meta")
        connection.execute(
            "create table meta.publication as select 'pub-1' as publication_id,"
            " timestamp '2026-03-23 04:05:06' as published_at, date '2026-03-01' as first_as_of_date,"
            " date '2026-03-22' as last_as_of_date, '1' as contract_version, 'abc123' as git_revision"
        )
        for mart, columns in MART_COLUMNS.items():
            connection.execute(f"create table marts.{mart} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
        for day in DAYS:
            _portfolio(connection, day, "acme", total_customers=1234)
            _trend(connection, day, "acme", total=100 + (day - DAYS[-1]).days)
        _portfolio(connection, OLDER, "zen", total_customers=7)
        _sections(connection, NEWEST, "acme")


def _portfolio(connection: duckdb.DuckDBPyConnection, day: date, partner: str, total_customers: int) -> None:
    _insert(
        connection,
        "portfolio_kpis",
        day,
        partner,
        total_customers=total_customers,
        nearing_expiration_customers=2,
        nearing_renewal_customers=3,
        low_assignment_customers=4,
        over_limit_customers=5,
        managed_customers=2000,
    )


def _trend(connection: duckdb.DuckDBPyConnection, day: date, partner: str, total: int) -> None:
    _insert(
        connection,
        "license_distribution_trend",
        day,
        partner,
        product="meetings",
        customers=1,
        subscriptions=2,
        total_licenses=total,
        assigned_licenses=50,
        used_licenses=25,
        assigned_unused_licenses=25,
        available_licenses=total - 50,
        overage_licenses=0,
        assignment_ratio=50 / total,
        usage_ratio=25 / total,
    )


def _sections(connection: duckdb.DuckDBPyConnection, day: date, partner: str) -> None:
    for product, customers, ratio in (("meetings", 2, 0.8125), ("calling", 0, None)):
        _insert(
            connection,
            "expiring_kpis",
            day,
            partner,
            product=product,
            expiring_customers=customers,
            total_licenses=1600 * customers,
            assigned_licenses=1300 * customers,
            used_licenses=650 * customers,
            license_assignment_ratio=ratio,
            license_usage_ratio=ratio and ratio / 2,
        )
    rows = (
        ("s1", "Añil [bold]\x1b[31m", 3, 16, 12, 4),
        ("s2", "Over AG", 10, 8, 16, 99),
        ("s3", "Empty Ltd", 90, 0, 0, 0),
    )
    for subscription, name, left, total, assigned, used in rows:
        _insert(
            connection,
            "expiring_subscriptions",
            day,
            partner,
            product="meetings",
            subscription_id=subscription,
            customer_name=name,
            expiration_date=day + timedelta(days=left),
            days_until_expiration=left,
            total_licenses=total,
            assigned_licenses=assigned,
            used_licenses=used,
            **EXPIRING,
        )


def no_usage_of(home: Path, product: str) -> None:
    """Say in the publication that acme delivered no usage of a product, in no window of its newest day."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute(
            f"create table meta.usage_windows as select date '{NEWEST}' as as_of_date, 'acme' as partner_id,"
            f" '{product}' as product, 0 as usage_days, 0 as usage_days_90d, 0 as usage_days_week_before"
        )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_publication(tmp_path / "home" / "serving" / "portfolio.duckdb")
    return tmp_path / "home"


@pytest.fixture
def portfolio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run the command in an empty folder, 80 columns wide unless told, without settings of this machine."""
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_") or name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, columns: int = 80) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": str(columns)})

    return run
