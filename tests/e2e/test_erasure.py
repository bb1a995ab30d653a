"""`portfolio forget`: what is left counts right and leads back to nobody, and no byte of them is in any file."""

import csv
import os
import shutil
import sqlite3
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from .commands import every_mart, portfolio, published, start
from .pruned import prune_snapshots
from .running import run_program
from .traces import files_with, rows_of

DAYS = ("--from", "2026-04-06", "--to", "2026-04-10")
NEWEST = "2026-04-10"
LENIENT = {"max_quarantined_share": 1}
LENIENTLY = os.environ | {"PORTFOLIO_MAX_QUARANTINED_SHARE": "1"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A landing folder of two partners, and a home with five days of it; one customer has rows in quarantine, too."""
    folder = tmp_path_factory.mktemp("erasure")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-20", "--to", NEWEST, "--customers", "14", "--partners", "2")
    # Two usage rows that break the contract: a count of nothing, and a record with a field too many.
    _, usage = next(rows_of(landing, "license_usage"))
    late = landing / "license_usage" / "2026-04-01" / "late.csv"
    columns = ["partner_id", "customer_id", "subscription_id", "product", "user_id", "activity_count"]
    with late.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerow([*(usage[name] for name in columns[:5]), "0"])
        writer.writerow([*(usage[name] for name in columns[:5]), "1", "extra"])
    portfolio("materialize", "--landing", landing, "--home", home, *DAYS, **LENIENT)
    return landing, home


@pytest.fixture
def copied(built, tmp_path):
    """The built home and landing, to change."""
    for source, name in zip(built, ("landing", "home"), strict=True):
        shutil.copytree(source, tmp_path / name, symlinks=True)
    where = ("--landing", tmp_path / "landing", "--home", tmp_path / "home")
    return tmp_path / "landing", tmp_path / "home", where


def holders(home: Path) -> dict[int, set[tuple[object, ...]]]:
    """Everything but the key that the lake's usage knows of each holder."""
    found: dict[int, set[tuple[object, ...]]] = {}
    rows = duckdb.execute(
        f"select user_id, activity_date, partner_id, subscription_id, product, activity_count"
        f" from read_parquet('{home}/lake/license_usage/*/*.parquet', hive_partitioning = true)"
    ).fetchall()
    for user_id, *rest in rows:
        found.setdefault(user_id, set()).add(tuple(rest))
    return found


def kill_while_it_builds(home: Path, command: list[str | Path], **settings: object) -> None:
    """Start a command, and kill it as soon as dbt's folder of its build is there."""
    runs = home / "dbt" / "runs"
    before = set(runs.iterdir())
    process = start(*command, **settings)
    try:
        while set(runs.iterdir()) <= before:
            assert process.poll() is None, "it ended before it built anything"
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()


def test_a_user_leaves_a_random_key_and_every_count(copied):
    landing, home, where = copied
    day, row = next(rows_of(landing, "license_usage"))
    user = row["user_id"]  # in quarantine, too
    marts, before = every_mart(home), holders(home)

    held = portfolio("forget", *where, "--user", user, code=1, **LENIENT).stdout
    assert "still in " in held
    assert "--rewrite-landing" in held
    assert every_mart(home) == marts
    middle = holders(home)
    (gone,) = before.keys() - middle.keys()
    (key,) = middle.keys() - before.keys()
    assert middle[key] == before[gone]  # one key, in every partition and product
    assert str(gone) not in str(middle)
    assert "stale: " not in portfolio("status", *where, **LENIENT).stdout

    done = portfolio("forget", *where, "--user", user, "--rewrite-landing", **LENIENT).stdout
    assert "still in" not in done
    assert holders(home) == middle  # the word in landing gives the key that the lake has
    assert not files_with(landing, user)
    assert not files_with(home, user)
    assert not files_with(home / "lake", str(gone))
    with sqlite3.connect(home / "ledger.sqlite") as ledger:
        assert ledger.execute("select * from erasures union all select dataset, '' from rewrites").fetchall() == []

    # Read again from landing, a partition is what it was: nothing is stale, and marts built anew are the same.
    (home / "lake" / "license_usage" / f"activity_date={day}" / "part-0.parquet").unlink()
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
    assert holders(home) == middle
    portfolio("materialize", *where, *DAYS, **LENIENT)
    assert every_mart(home) == marts

    unknown = portfolio("forget", *where, "--user", user, code=1, **LENIENT).stderr
    assert unknown.startswith(f"error: no user '{user}' is in the lake or in ")
    assert unknown.endswith(": nothing was erased\n")
    assert unknown.count("\n") == 1


def test_a_customer_leaves_nothing_and_the_days_are_those_without_it(copied, tmp_path):
    landing, home, where = copied
    customer = next(row for _, row in rows_of(landing, "license_usage"))["customer_id"]
    names = {row["customer_name"] for _, row in rows_of(landing, "customers") if row["customer_id"] == customer}
    subscriptions = {
        row["subscription_id"] for _, row in rows_of(landing, "subscriptions") if row["customer_id"] == customer
    }
    words = {customer, *names, *subscriptions}
    assert files_with(home / "lake", customer)
    kept = {dataset: [] for dataset in ("customers", "subscriptions", "license_assignments", "license_usage")}
    for dataset, rows in kept.items():
        rows += [(day, row) for day, row in rows_of(landing, dataset) if row["customer_id"] != customer]

    marts = every_mart(home)
    command = ["forget", *where, "--customer", customer, "--rewrite-landing"]
    kill_while_it_builds(home, command, **LENIENT)
    assert every_mart(home) == marts

    done = portfolio(*command, **LENIENT).stdout
    assert "built again and published: 2026-04-06…2026-04-10" in done
    assert "taken away" not in done
    for dataset, rows in kept.items():
        assert [(day, row) for day, row in rows_of(landing, dataset)] == rows
    for word in words:
        assert files_with(home, word) == []
        assert files_with(landing, word) == []

    clean = tmp_path / "clean"
    portfolio("materialize", "--landing", landing, "--home", clean, *DAYS, **LENIENT)
    assert every_mart(home) == every_mart(clean)
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
    assert "stale: " not in portfolio("status", *where, **LENIENT).stdout
    unknown = portfolio("forget", *where, "--customer", customer, code=1, **LENIENT).stderr
    assert unknown.startswith(f"error: no customer '{customer}' is in the home folder or in ")


def forget_beside_a_run() -> None:
    """A run of Dagster's own ingests a late file of the customer's while the erasure builds the days anew."""
    from assets.ingest.ingestion import ingest_partition
    from assets.resources import Progress
    from expectations.contract import CUSTOMERS
    from pipelines.commands import forget_customers as erasing
    from pipelines.commands.materialize import materialize_in_turn
    from pipelines.definitions import workspace_of
    from pipelines.settings import load_settings
    from storage.files.locks import exclusive

    landing, home, partner, customer, late, deliveries, rounds = sys.argv[1:]
    settings = load_settings(landing=Path(landing), home=Path(home))
    left = int(deliveries)

    def with_a_run_beside(*arguments):
        nonlocal left
        if left:
            left -= 1
            columns = "partner_id,customer_id,customer_name,country_code,created_on"
            Path(late).write_text(f"{columns}\n{partner},{customer},Late {left},,\n")
            day = date.fromisoformat(Path(late).parent.name)
            workspace = workspace_of(settings)
            with exclusive(settings.home / "pipeline.lock"), workspace.ledger() as ledger:
                rules = workspace.ingest_rules()
                outcome = ingest_partition(workspace.landing_folder, workspace.lake, ledger, CUSTOMERS, day, rules)
                assert outcome.status == "loaded", outcome
        return materialize_in_turn(*arguments)

    erasing.materialize_in_turn, erasing.MOST_ROUNDS = with_a_run_beside, int(rounds)
    result = erasing.forget_customers(
        settings, [customer], None, Progress(), rewrite_landing=True, on_wait=lambda message: None
    )
    print(result.failure)  # noqa: T201


def test_a_customer_that_another_run_brings_back_meanwhile_goes_again(copied):
    landing, home, where = copied
    row = next(row for _, row in rows_of(landing, "license_usage"))
    late = landing / "customers" / NEWEST / "late.csv"

    def forget(deliveries: int, rounds: int) -> str:
        arguments = [landing, home, row["partner_id"], row["customer_id"], late, str(deliveries), str(rounds)]
        done = run_program(forget_beside_a_run, *arguments, environment=LENIENTLY)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert forget(deliveries=9, rounds=2).startswith("other runs bring them back")
    assert forget(deliveries=2, rounds=4) == ""
    assert files_with(home, row["customer_id"]) == []
    assert files_with(landing, row["customer_id"]) == []
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout


def test_days_that_can_not_be_built_again_lose_the_partner(copied):
    """The snapshots of all days but the newest were pruned; landing is left as it is."""
    landing, home, where = copied
    prune_snapshots(home, date(2026, 3, 31))
    row = next(row for _, row in rows_of(landing, "license_usage"))
    customer, partner = row["customer_id"], row["partner_id"]
    others = f"select * from marts.license_positions where partner_id <> '{partner}' order by all"
    before = published(home, others)

    done = portfolio("forget", *where, "--customer", customer, code=1, **LENIENT).stdout
    assert "built again and published: 2026-04-10" in done
    assert f"taken away: {partner} 2026-04-06…2026-04-09: " in done
    assert "were pruned" in done
    assert "still in " in done
    assert files_with(home, customer) == []
    assert published(home, others) == before
    mine = f"select distinct as_of_date::text from marts.portfolio_kpis where partner_id = '{partner}'"
    assert published(home, mine) == [(NEWEST,)]
    # What landing still holds is not read again, as long as nobody touches it.
    assert "up to date" in portfolio("materialize", *where, "--stale", **LENIENT).stdout
    assert files_with(home, customer) == []


def test_whom_to_forget_has_to_be_said(copied):
    *_, where = copied
    for arguments in ((), ("--user", "u", "--customer", "c")):
        said = portfolio("forget", *where, *arguments, code=1).stderr
        assert said == "error: say whom to forget: --user ID or --customer ID, one of the two\n"
