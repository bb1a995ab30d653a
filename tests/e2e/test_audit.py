"""Write, audit, publish: a failed check stops the publication and shows its rows, and a person can accept it."""

import json
import os
import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from .commands import portfolio, published
from .homes import fingerprint
from .traces import files_with

CHECK = "license_positions_weekly_changes"
MODEL = "marts/license_positions"
OLD, NEWEST = "2026-04-09", "2026-04-10"
WEEK_BEFORE = {OLD: "2026-04-02", NEWEST: "2026-04-03"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A landing folder, and a home with nine days of it."""
    folder = tmp_path_factory.mktemp("audit")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-20", "--to", NEWEST, "--customers", "12")
    portfolio("materialize", "--landing", landing, "--home", home, "--from", WEEK_BEFORE[OLD], "--to", NEWEST)
    return landing, home


@pytest.fixture
def copied(built, tmp_path):
    """The built landing and home, to change."""
    for source, name in zip(built, ("landing", "home"), strict=True):
        shutil.copytree(source, tmp_path / name, symlinks=True)
    return tmp_path / "landing", tmp_path / "home"


def materialize(copied, day: str, *options: str, code: int = 0):
    landing, home = copied
    return portfolio(
        "materialize", "--landing", landing, "--home", home, "--from", day, "--to", day, *options, code=code
    )


def damage(home: Path, day: str) -> int:
    """Have the stored rows of a day be wrong, which the weekly changes a week later show; how many rows."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        changed = connection.execute(
            f"update marts.license_positions set assigned_licenses = assigned_licenses + 1 where as_of_date = '{day}'"
        ).fetchone()
    assert changed is not None
    return int(changed[0])


def positions(file: Path, day: str) -> int:
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            f"select count(*) from marts.license_positions where as_of_date = '{day}'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def result_of(home: Path, day: str) -> tuple:  # type: ignore[type-arg]
    (row,) = published(
        home,
        "select status, severity, failures, sample, accepted_reason, accepted_at, run_id from meta.check_results"
        f" where check_name = '{CHECK}' and asset = '{MODEL}' and first_date = '{day}' and last_date = '{day}'",
    )
    return row


def test_a_failed_check_stops_the_publication_and_repairing_what_it_found_publishes(copied) -> None:
    _, home = copied
    damage(home, WEEK_BEFORE[NEWEST])
    before = fingerprint(home)

    refused = materialize(copied, NEWEST, code=1)

    (error,) = refused.stderr.splitlines()
    assert error.startswith(f"error: check {CHECK} of {MODEL} failed: ")
    assert f"rows on {NEWEST}; nothing was published" in error
    look = f"portfolio dbt --from {NEWEST} --to {NEWEST} show --select {CHECK}"
    assert look in error
    lines = refused.stdout.splitlines()
    shown = lines[lines.index(next(line for line in lines if line.startswith(f"failed: check {CHECK} of {MODEL}: "))) :]
    assert 1 <= len(shown) - 1 <= 5
    assert all(f"as_of_date={NEWEST}, partner_id=" in line for line in shown[1:])
    assert fingerprint(home) == before

    # The failed build is there to look into, with the command that the error names.
    assert positions(home / "warehouse.duckdb", NEWEST) > 0
    looked = portfolio(*look.split()[1:4], *look.split()[4:6], "--home", home, *look.split()[6:])
    assert "expected_weekly" in looked.stdout
    assert f"| {NEWEST} |" in looked.stdout

    materialize(copied, WEEK_BEFORE[NEWEST])
    assert "published: " in materialize(copied, NEWEST).stdout
    assert result_of(home, NEWEST)[:3] == ("passed", "error", 0)


def test_an_accepted_check_is_published_with_its_reason_and_holds_for_what_was_seen(copied) -> None:
    landing, home = copied
    wrong = damage(home, WEEK_BEFORE[NEWEST])

    done = materialize(copied, NEWEST, "--accept", CHECK, "--reason", "counts of 3 April\nare known to be off")

    assert f"accepted: check {CHECK} of {MODEL}: " in done.stdout
    status, severity, failures, sample, reason, accepted_at, run_id = result_of(home, NEWEST)
    assert (status, severity, reason) == ("accepted", "error", "counts of 3 April are known to be off")
    assert 0 < failures <= wrong
    assert run_id
    assert {row["as_of_date"] for row in json.loads(sample)} == {NEWEST}

    # The same inputs again: it is what was accepted.
    materialize(copied, NEWEST)
    assert result_of(home, NEWEST)[0] == "accepted"
    assert result_of(home, NEWEST)[4:6] == (reason, accepted_at)

    # Other days are not waved through.
    damage(home, WEEK_BEFORE[OLD])
    assert CHECK in materialize(copied, OLD, code=1).stderr

    # Nor is the same day, once an input has changed.
    usage = next((landing / "license_usage" / NEWEST).glob("*.csv"))
    header, first, *rest = usage.read_text().splitlines()
    usage.write_text("\n".join([header, *rest]) + "\n")
    assert first not in rest
    assert CHECK in materialize(copied, NEWEST, code=1).stderr


def test_accepting_what_does_not_fail_keeps_no_acceptance(copied) -> None:
    _, home = copied
    materialize(copied, NEWEST, "--accept", CHECK, "--reason", "in advance")
    assert result_of(home, NEWEST)[:1] == ("passed",)

    damage(home, WEEK_BEFORE[NEWEST])
    assert CHECK in materialize(copied, NEWEST, code=1).stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--accept", CHECK), "--accept needs --reason TEXT"),
        (("--accept", CHECK, "--reason", "  "), "--accept needs --reason TEXT"),
        (("--reason", "because"), "--reason says why a check is accepted"),
        (("--accept", "license_position_weekly_change", "--reason", "because"), f"the nearest is {CHECK}"),
    ],
)
def test_an_acceptance_that_cannot_be_meant(built, options, said) -> None:
    before = fingerprint(built[1])
    refused = materialize(built, NEWEST, *options, code=1)
    (error,) = refused.stderr.splitlines()
    assert said in error
    assert fingerprint(built[1]) == before


def test_a_rerun_of_an_old_day_leaves_the_newest_status_as_it_was(copied, monkeypatch: pytest.MonkeyPatch) -> None:
    _, home = copied
    monkeypatch.setitem(os.environ, "DAGSTER_HOME", str(home / "dagster"))
    key = dg.AssetCheckKey(dg.AssetKey(MODEL.split("/")), CHECK)
    skipped = dg.AssetCheckKey(dg.AssetKey(["marts", "expiring_kpis"]), "expiring_kpis_grain")
    assert statuses([key, skipped]) == {key: "SUCCEEDED", skipped: "SUCCEEDED"}

    damage(home, WEEK_BEFORE[OLD])
    materialize(copied, OLD, code=1)

    # The failure is in the check's history; what is shown is of the newest day.
    assert "FAILED" in [record.status.value for record in history(key)]
    assert statuses([key, skipped]) == {key: "SUCCEEDED", skipped: "SUCCEEDED"}

    damage(home, WEEK_BEFORE[NEWEST])
    materialize(copied, NEWEST, code=1)
    assert statuses([key]) == {key: "FAILED"}
    materialize(copied, WEEK_BEFORE[OLD])
    materialize(copied, OLD)
    assert history(key)[0].status.value == "FAILED"
    assert statuses([key]) == {key: "FAILED"}


def statuses(keys: list[dg.AssetCheckKey]) -> dict[dg.AssetCheckKey, str]:
    """The status that Dagster shows of each check."""
    with dg.DagsterInstance.get() as instance:
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key: record.status.value for key, record in latest.items()}


def history(key: dg.AssetCheckKey):
    """The check's evaluations, newest first."""
    with dg.DagsterInstance.get() as instance:
        return instance.event_log_storage.get_asset_check_execution_history(key, limit=20)


def test_who_is_forgotten_is_in_no_result_of_a_check(copied) -> None:
    landing, home = copied
    damage(home, WEEK_BEFORE[NEWEST])
    materialize(copied, NEWEST, "--accept", CHECK, "--reason", "first")
    named = json.loads(result_of(home, NEWEST)[3])[0]["subscription_id"]
    ((customer,),) = published(
        home, f"select distinct customer_id from marts_latest.license_positions where subscription_id = '{named}'"
    )
    materialize(copied, NEWEST, "--accept", CHECK, "--reason", f"the counts of {customer} are off")
    assert files_with(home, named)

    portfolio("forget", "--customer", customer, "--rewrite-landing", "--landing", landing, "--home", home)

    assert files_with(home, named) == []
    assert files_with(home, customer) == []
