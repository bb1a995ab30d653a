"""A new published file begins as a copy of the warehouse's, where that holds what is published and little else."""

from pathlib import Path

import duckdb
import pytest

from storage.publication import publication as module
from storage.publication.publication import publish
from storage.publication.warehouse_copy import begin_as_warehouse

from .small_marts import MARTS, days, fill, read, request

# As dbt leaves it: not null in the marts, tables and views of other schemas, a mart that no model makes any more.
BUILT = """
    alter table marts.portfolio_kpis alter as_of_date set not null;
    alter table marts.expiring_kpis alter partner_id set not null;
    create table marts.gone as select date '2026-01-30' as as_of_date;
    create schema staging;
    create view staging.stg_customers as select 1 as customer;
    create schema intermediate;
    create table intermediate.int_as_of_dates as from marts.gone;
"""
FILE = (
    "select table_schema, table_name, column_name, data_type, is_nullable from information_schema.columns order by all"
)


@pytest.fixture
def built(warehouse: Path) -> Path:
    """The warehouse with rows of two days, as a build leaves it."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(BUILT)
    fill(warehouse, {(day, partner): 10 for day in days(0, 1) for partner in "pq"})
    return warehouse


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each publication began as a copy."""
    begun: list[bool] = []

    def begin(*arguments: object) -> bool:
        begun.append(begin_as_warehouse(*arguments))  # type: ignore[arg-type]
        return begun[-1]

    monkeypatch.setattr(module, "begin_as_warehouse", begin)
    return begun


def test_a_copy_holds_what_rows_written_anew_make(built: Path, serving: Path, copied: list[bool]) -> None:
    held = []
    for anew in (False, True):
        publish(request(built, days(0, 1), anew=anew))
        rows = {mart: read(serving, f"from marts.{mart} order by all") for mart in MARTS}
        held.append((read(serving, FILE), rows, read(serving, "from duckdb_schemas() select schema_name order by all")))
    assert copied == [True]
    assert held[0] == held[1]
    assert len(held[0][1]["portfolio_kpis"]) == 4


def test_a_warehouse_with_rows_of_other_days_is_not_copied(built: Path, serving: Path, copied: list[bool]) -> None:
    publish(request(built, days(0)))
    assert copied == [False]
    assert {day for day, *_ in read(serving, "from marts.expiring_kpis")} == set(days(0))


def test_a_warehouse_with_changes_in_a_log_is_not_copied(built: Path, serving: Path, copied: list[bool]) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("set checkpoint_threshold = '1GB'")
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("update marts.portfolio_kpis set customers = 11")
    publish(request(built, days(0, 1)))
    assert copied == [False]
    assert {customers for *_, customers in read(serving, "from marts.portfolio_kpis")} == {11}


def test_a_warehouse_with_much_free_space_is_not_copied(built: Path, serving: Path, copied: list[bool]) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("create table intermediate.wide as select md5(i::text) from range(300000) as rows (i)")
    publish(request(built, days(0, 1)))
    assert copied == [False]
    assert [path.suffix for path in (serving / "publications").glob("*/*.duckdb*")] == [".duckdb"]
    assert (serving / "portfolio.duckdb").stat().st_size < built.stat().st_size / 2


def test_an_erasure_copies_no_block(built: Path, copied: list[bool]) -> None:
    publish(request(built, days(0, 1), anew=True))
    assert copied == []
