"""`portfolio prune`: what expired is gone everywhere, and no later run brings it back or builds from the rest."""

import shutil
from datetime import date, timedelta

import duckdb
import pytest

from storage.ledger.ledger import Ledger
from storage.ledger.pruning import advance

from .commands import every_mart, portfolio, published

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 12)
"""102 days: the newest day's usage look-back begins on 13 January."""
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")
LENIENT = {"max_quarantined_share": 1}


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    """A home whose newest five days are built; then usage is kept 92 days, snapshots 368, marts 2.

    Of the snapshots that the days look at a year before there are two days.
    """
    folder = tmp_path_factory.mktemp("retention")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", str(FIRST), "--to", str(LAST), "--customers", "6")
    for dataset in SNAPSHOTS:
        for day in ("2025-04-08", "2025-04-09"):
            shutil.copytree(landing / dataset / str(FIRST), landing / dataset / day)
    broken = landing / "license_usage" / "2026-02-01" / "late.csv"
    broken.write_text(
        "partner_id,customer_id,subscription_id,product,user_id,activity_count\np,c,s,meetings,someone,0\n"
    )
    where = ("--landing", landing, "--home", home)
    portfolio("materialize", *where, "--from", "2026-04-08", "--to", "2026-04-12", **LENIENT)
    kept = {"keep_usage_days": 92, "keep_snapshot_days": 368, "keep_mart_days": 2, "keep_quarantine_days": 30}
    return landing, home, kept


def paths(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_pruning_and_what_follows(pruned):
    """One story, since each step needs the one before: list, prune, prune again, run again, ask for a pruned day."""
    landing, home, kept = pruned
    before, marts = paths(home / "lake"), every_mart(home)

    listed = portfolio("prune", "--home", home, "--dry-run", **kept).stdout
    assert paths(home / "lake") == before
    assert "would be pruned: license_usage 2026-01-09 (1)" in listed
    assert "would be pruned: customers 2025-04-08 (1)" in listed
    assert "would be pruned: quarantined rows of license_usage 2026-02-01 (1)" in listed
    assert "would be pruned: as-of days 2026-04-08…2026-04-09 (2)" in listed

    done = portfolio("prune", "--home", home, **kept).stdout
    assert done == listed.replace("would be pruned", "pruned")
    after = paths(home / "lake")
    assert {path for path in before if path not in after} == {
        "license_usage/activity_date=2026-01-09/part-0.parquet",
        *(f"{dataset}/snapshot_date=2025-04-08/part-0.parquet" for dataset in SNAPSHOTS),
    }
    old = ("2026, 4, 8", "2026, 4, 9")
    assert every_mart(home) == {
        name: rows
        if name == "dim_dates"  # the calendar, which no day's pruning touches
        else [row for row in rows if not row.startswith(tuple(f"(datetime.date({day})" for day in old))]
        for name, rows in marts.items()
    }
    assert [path.name for path in (home / "serving" / "parquet").iterdir()]
    assert "1 rows, pruned" in portfolio("quarantine", "license_usage", "2026-02-01", "--home", home).stdout
    assert portfolio("prune", "--home", home, **kept).stdout == "nothing to prune\n"

    # The settings are gone; what was pruned stays pruned.
    where = ("--landing", landing, "--home", home)
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
    assert paths(home / "lake") == after
    status = portfolio("status", *where).stdout
    assert "missing: license_usage: 2026-04-13…" in status  # after what was delivered, not before what was kept
    assert "new, not ingested yet: license_usage" not in status
    assert "published days are up to date" in status

    refused = portfolio("materialize", *where, "--from", "2026-04-08", "--to", "2026-04-09", code=1, **LENIENT).stdout
    assert "pruned: 2026-04-08…2026-04-09: marts before 2026-04-10 were pruned" in refused

    # A published day that lost what it looked at a year before keeps its rows; the newest lost nothing.
    rows = every_mart(home)
    mixed = portfolio("materialize", *where, "--from", "2026-04-09", "--to", "2026-04-12", **LENIENT).stdout
    assert "pruned: 2026-04-09: marts before 2026-04-10 were pruned" in mixed
    assert "pruned: 2026-04-10…2026-04-11: customers before 2025-04-09 were pruned" in mixed
    assert "published: 2026-04-12 (1 day)" in mixed
    assert every_mart(home) == rows
    assert paths(home / "lake") == after


def test_days_whose_usage_was_pruned_keep_their_rows_and_are_not_built_again(pruned):
    """Without a limit for marts: the usage of 89 days is left, so that only the newest day can be built."""
    landing, home, _ = pruned
    where = ("--landing", landing, "--home", home)
    portfolio("prune", "--home", home, keep_usage_days=89)
    rows = every_mart(home)
    days = published(home, "select count(distinct as_of_date) from marts.portfolio_kpis")
    cause = "license_usage before 2026-01-13 was pruned"
    refused = portfolio("materialize", *where, "--from", "2026-04-10", "--to", "2026-04-11", code=1, **LENIENT).stdout
    assert f"pruned: 2026-04-10…2026-04-11: {cause}" in refused
    # A changed threshold would make them stale, if they could be built.
    rebuilt = portfolio("materialize", *where, "--stale", expiring_days=30, **LENIENT).stdout
    assert "published: 2026-04-12 (1 day)" in rebuilt
    assert "2026-04-11" not in rebuilt
    assert [row for row in every_mart(home)["portfolio_kpis"] if "2026, 4, 12" not in row] == [
        row for row in rows["portfolio_kpis"] if "2026, 4, 12" not in row
    ]
    assert published(home, "select count(distinct as_of_date) from marts.portfolio_kpis") == days


def test_keeping_less_than_a_look_back_is_refused(tmp_path):
    usage = portfolio("status", "--home", tmp_path, code=1, keep_usage_days=30).stderr
    assert "PORTFOLIO_KEEP_USAGE_DAYS=30" in usage
    snapshots = portfolio("status", "--home", tmp_path, code=1, keep_snapshot_days=11, max_snapshot_age_days=5).stderr
    assert "PORTFOLIO_KEEP_SNAPSHOT_DAYS=11: must be 370 or more" in snapshots
    least = portfolio("status", "--home", tmp_path, code=1, keep_snapshot_days=367).stderr
    assert "PORTFOLIO_KEEP_SNAPSHOT_DAYS=367: must be 368 or more" in least


def test_a_published_day_keeps_what_it_looked_at_and_a_new_one_is_built_without(tmp_path):
    """Snapshots of a month before were pruned: of D-28 nothing is left, of D-7 everything."""
    landing, home = tmp_path / "landing", tmp_path / "home"
    where = ("--landing", landing, "--home", home)
    first, last = date(2026, 3, 1), date(2026, 4, 12)
    portfolio("simulate", landing, "--from", str(first), "--to", str(last), "--customers", "6")
    old, new = last - timedelta(days=2), last - timedelta(days=1)
    portfolio("materialize", *where, "--from", str(old), "--to", str(old))
    kept_from = old - timedelta(days=20)
    with Ledger(home / "ledger.sqlite") as ledger:
        advance(ledger, dict.fromkeys(SNAPSHOTS, kept_from))

    rows = every_mart(home)
    cause = f"pruned: {old}: customers before {kept_from} were pruned"
    assert cause in portfolio("materialize", *where, "--from", str(old), "--to", str(old), code=1).stdout
    assert "up to date" in portfolio("materialize", *where, "--stale", expiring_days=30).stdout
    assert every_mart(home) == rows

    built = portfolio("materialize", *where, "--from", str(old), "--to", str(last)).stdout
    assert cause in built
    assert f"published: {new}…{last} (2 days)" in built
    seen = "select distinct days_before from intermediate.int_partner_look_backs order by 1"
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute(seen).fetchall() == [(0,), (6,), (7,)]
    kept = [row for row in every_mart(home)["portfolio_kpis"] if f"{old.month}, {old.day})" in row]
    assert kept == rows["portfolio_kpis"]
    assert "published days are up to date" in portfolio("status", *where).stdout
