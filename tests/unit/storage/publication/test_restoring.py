"""A warehouse made again from the publication: its rows, and which days are still taken for built."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from planning.buildable import DayPlan
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger
from storage.publication.restoring import restore_warehouse

D = date(2026, 6, 1)


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def record(ledger, *days, blocked=()):
    """Record days as built, or blocked."""
    every = sorted((*days, *blocked))
    plan = DayPlan(every[0], every[-1], tuple(days), blocked=dict.fromkeys(blocked, "usage"))
    AsOfDays(ledger).record(plan, dict.fromkeys(every, "inputs"), {}, "run")


@pytest.fixture
def home(tmp_path):
    """Days 0 and 1 are published; day 1 was built once more since, days 2 and 3 are built and blocked."""
    (tmp_path / "serving").mkdir()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        record(ledger, day(0), day(1))
        with duckdb.connect(str(tmp_path / "serving" / "portfolio.duckdb")) as connection:
            connection.execute("create schema marts; create schema meta")
            connection.execute("create table marts.portfolio_kpis (as_of_date date)")
            connection.execute("insert into marts.portfolio_kpis values (?), (?)", [day(0), day(1)])
            connection.execute("create table marts.overage_kpis (as_of_date date, customers bigint)")
            connection.execute(
                "create table meta.publication as select 'p' as publication_id, ?::timestamp as published_at,"
                f" date '{D}' as first_as_of_date, date '{D}' + 1 as last_as_of_date, '1' as contract_version,"
                " null as git_revision",
                [datetime.now(UTC).replace(tzinfo=None)],
            )
        record(ledger, day(1), day(2), blocked=[day(3)])
        yield tmp_path, ledger


def restore(home) -> bool:
    folder, ledger = home
    return restore_warehouse(folder / "warehouse.duckdb", folder / "serving", ledger, "500MB")


def test_it_holds_the_published_marts_and_no_other_day_counts_as_built(home):
    assert restore(home)
    folder, ledger = home
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("from marts.portfolio_kpis order by all").fetchall() == [(day(0),), (day(1),)]
        assert connection.execute("describe marts.overage_kpis").fetchall()[1][:2] == ("customers", "BIGINT")
    records = AsOfDays(ledger).records()
    assert {when: found.outcome for when, found in records.items()} == {day(0): "built", day(3): "blocked"}
    assert sorted(path.name for path in folder.glob("*warehouse*")) == ["warehouse.duckdb"]


def test_a_warehouse_that_is_there_stays_as_it_is(home):
    folder, ledger = home
    (folder / "warehouse.duckdb").write_bytes(b"mine")
    assert not restore(home)
    assert (folder / "warehouse.duckdb").read_bytes() == b"mine"
    assert len(AsOfDays(ledger).records()) == 4


def test_nothing_is_made_of_no_publication(home):
    folder, ledger = home
    (folder / "serving" / "portfolio.duckdb").unlink()
    assert not restore(home)
    assert not (folder / "warehouse.duckdb").exists()
    assert len(AsOfDays(ledger).records()) == 4
