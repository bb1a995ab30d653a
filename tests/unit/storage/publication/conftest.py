"""A warehouse of two marts, and the folder that is published into."""

import duckdb
import pytest


@pytest.fixture
def warehouse(tmp_path):
    """A warehouse of two marts, empty."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.portfolio_kpis (as_of_date date, partner_id text, customers bigint)")
        connection.execute("create table marts.expiring_kpis (as_of_date date, partner_id text, ratio double)")
    return path


@pytest.fixture
def serving(warehouse):
    return warehouse.parent / "serving"
