"""Someone deleted warehouse.duckdb: pruning and erasing go on from the publication, and no published row is lost."""

import csv
import shutil
from datetime import date

import pytest

from .commands import every_mart, portfolio, published
from .pruned import prune_snapshots

FIRST, NEWEST = "2026-04-06", "2026-04-10"
LENIENT = {"max_quarantined_share": 1}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A landing folder of two partners, and a home with five days of it."""
    folder = tmp_path_factory.mktemp("lost")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-20", "--to", NEWEST, "--customers", "14", "--partners", "2")
    portfolio("materialize", "--landing", landing, "--home", home, "--from", FIRST, "--to", NEWEST, **LENIENT)
    return landing, home


@pytest.fixture
def lost(built, tmp_path):
    """A copy of it, without the warehouse."""
    for source, name in zip(built, ("landing", "home"), strict=True):
        shutil.copytree(source, tmp_path / name, symlinks=True)
    (tmp_path / "home" / "warehouse.duckdb").unlink()
    where = ("--landing", tmp_path / "landing", "--home", tmp_path / "home")
    return tmp_path / "landing", tmp_path / "home", where


def test_pruning_removes_old_days_and_keeps_the_others(lost):
    _, home, where = lost
    marts = every_mart(home)
    listed = portfolio("prune", "--home", home, "--dry-run", keep_mart_days=2).stdout
    assert not (home / "warehouse.duckdb").exists()
    done = portfolio("prune", "--home", home, keep_mart_days=2).stdout
    assert "pruned: as-of days 2026-04-06…2026-04-07 (2)" in done
    assert done == listed.replace("would be pruned", "pruned")
    left = {
        name: rows
        if name == "dim_dates"  # the calendar, which no day's pruning touches
        else [row for row in rows if not row.startswith(("(datetime.date(2026, 4, 6)", "(datetime.date(2026, 4, 7)"))]
        for name, rows in marts.items()
    }
    assert every_mart(home) == left
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
    # dbt builds on what was made from the publication as on its own.
    portfolio("materialize", *where, "--from", "2026-04-09", "--to", NEWEST, **LENIENT)
    assert every_mart(home) == left


def test_a_customer_goes_and_days_that_can_not_be_built_again_keep_the_other_partner(lost):
    """Their snapshots were pruned, so that the publication holds all that is left of the older days."""
    landing, home, where = lost
    prune_snapshots(home, date(2026, 3, 31))
    (home / "warehouse.duckdb").unlink(missing_ok=True)
    with next((landing / "license_usage").glob("*/*.csv")).open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    customer, partner = row["customer_id"], row["partner_id"]
    others = f"select * from marts.license_positions where partner_id <> '{partner}' order by all"
    before = published(home, others)
    assert {str(row[0]) for row in before} >= {FIRST, NEWEST}

    done = portfolio("forget", *where, "--customer", customer, "--rewrite-landing", **LENIENT).stdout
    assert f"built again and published: {NEWEST}" in done
    assert f"taken away: {partner} 2026-04-06…2026-04-09: " in done
    assert published(home, others) == before
    assert published(home, f"select count(*) from marts.license_positions where customer_id = '{customer}'") == [(0,)]
    mine = f"select distinct as_of_date::text from marts.portfolio_kpis where partner_id = '{partner}'"
    assert published(home, mine) == [(NEWEST,)]
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
