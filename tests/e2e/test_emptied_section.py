"""A correction that empties a section for a day empties it everywhere: marts, newest rows, Parquet."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ..reference.contract import MART_COLUMNS, SUBSCRIPTIONS
from ..reference.marts import reference_build
from .built import plain_home
from .commands import portfolio, published
from .comparing import assert_marts_equal
from .homes import published_file
from .plain import deliver

YEARS = timedelta(days=5000)


def test_a_corrected_snapshot_in_which_nothing_expires_any_more(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content, first, last, landing, home = plain_home(tmp_path_factory, 13, tmp_path)
    assert rows_of(home, "marts.expiring_subscriptions", last)
    assert rows_of(home, "marts_latest.expiring_subscriptions", last)
    assert in_parquet(home, "expiring_subscriptions", last)
    kpis = f"select partner_id, product, expiring_customers from marts.expiring_kpis where as_of_date = '{last}'"
    counts = {(partner, product): customers for partner, product, customers in published(home, kpis)}
    assert any(counts.values())
    others = {mart: rows_of(home, f"marts.{mart}", last, other_days=True) for mart in MART_COLUMNS}

    rows = content[SUBSCRIPTIONS.name, last]
    deliver(landing, SUBSCRIPTIONS, last, [{**row, "end_date": row["start_date"] + YEARS} for row in rows])
    said = portfolio("materialize", "--landing", landing, "--home", home, "--stale").stdout
    assert f"published: {last} (1 day)" in said

    for schema in ("marts", "marts_latest"):
        assert rows_of(home, f"{schema}.expiring_subscriptions", last) == []
        kpi_rows = rows_of(home, f"{schema}.expiring_kpis", last)
        assert [(partner, product) for _, partner, product, *_ in kpi_rows] == sorted(counts)
        # Counts of nothing, and two ratios without a denominator.
        assert {row[3:] for row in kpi_rows} == {(0, 0, 0, 0, None, None)}
    assert in_parquet(home, "expiring_subscriptions", last) == 0
    assert in_parquet(home, "expiring_kpis", last) == len(counts)
    assert {mart: rows_of(home, f"marts.{mart}", last, other_days=True) for mart in MART_COLUMNS} == others
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)


def rows_of(home: Path, mart: str, day: date, *, other_days: bool = False) -> list[tuple[object, ...]]:
    """A mart's published rows of a day, or of all other days, in order."""
    return published(home, f"select * from {mart} where as_of_date {'<>' if other_days else '='} '{day}' order by all")


def in_parquet(home: Path, mart: str, day: date) -> int:
    """How many rows of a day the Parquet export has of a mart."""
    files = list((home / "serving" / "parquet" / mart).glob("*.parquet"))
    if not files:
        return 0
    counted = duckdb.execute(
        "select count(*) from read_parquet(?) where as_of_date = ?", [list(map(str, files)), day]
    ).fetchone()
    assert counted is not None
    return int(counted[0])
