"""Erasing in lake and landing, interrupted at every write, on real folders: finished by running it again."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.erasure import RecordsLeftOut, TokenForHolder, sweep_landing
from assets.ingest.ingestion import ingest_partition, needs_ingest
from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from expectations.contract import CUSTOMERS, LICENSE_USAGE
from planning.buildable import plan_days
from planning.inputs import input_hashes
from sources.erasing.naming import NamedCustomer, NamedHolder
from sources.landing.folder import LandingFolder
from storage.lake.erased_rows import CustomerRows, HolderKeys
from storage.lake.erasure import partitions_naming, rewrite
from storage.lake.lake import Lake
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger
from storage.ledger.states import find_stale_days, read_inputs

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
USAGE = "partner_id,customer_id,subscription_id,product,user_id,activity_count\n"
RULES = IngestRules(1.0, "500MB", 1, holder_key=b"k" * 32)
SETTLED = {"models": "1"}


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


class Home:
    """Three days of two partners' usage; jane is in all of them, and once in quarantine."""

    def __init__(self, root: Path) -> None:
        self.landing, self.lake = LandingFolder(root / "landing"), Lake(root / "lake")
        self.ledger = Ledger(root / "ledger.sqlite")
        for day in DAYS:
            folder = self.landing.root / "license_usage" / str(day)
            folder.mkdir(parents=True)
            text = USAGE + "p,c,s,meetings,jane,1\np,c,s,calling,jane,2\nq,c,s,meetings,jane,3\np,d,t,meetings,joe,4\n"
            (folder / "a.csv").write_text(text + "p,c,s,meetings,jane,0\n")
            folder = self.landing.root / "customers" / str(day)
            folder.mkdir(parents=True)
            header = "partner_id,customer_id,customer_name,country_code,created_on\n"
            (folder / "a.csv").write_text(header + "p,c,Acme,,\np,d,Other,,\np,c,Acme, Inc,,\n")
            for dataset in (LICENSE_USAGE, CUSTOMERS):
                ingest_partition(self.landing, self.lake, self.ledger, dataset, day, RULES)
        inputs = read_inputs(self.ledger)
        plan = plan_days(DAYS[0], DAYS[-1], inputs.states, 3)
        AsOfDays(self.ledger).record(plan, input_hashes(plan, inputs, 3), SETTLED, "run")

    def usage(self) -> list[tuple[object, ...]]:
        return duckdb.execute(
            "select activity_date::varchar, partner_id, product, user_id, activity_count"
            f" from read_parquet('{self.lake.root}/license_usage/*/*.parquet', hive_partitioning = true) order by all"
        ).fetchall()

    def stale(self) -> dict[date, str]:
        return find_stale_days(self.ledger, frozenset(), None, SETTLED, 3)

    def waiting(self) -> list[date]:
        return [
            day
            for day in DAYS
            for dataset in (LICENSE_USAGE, CUSTOMERS)
            if needs_ingest(self.landing, self.lake, self.ledger, dataset, day, RULES)
        ]

    def forget_jane(self, keys: dict[int, int], *, landing: bool = True) -> None:
        rows = HolderKeys(keys)
        replacement = TokenForHolder(NamedHolder("jane"), "jane", "token")
        with open_workbench(self.lake, RULES) as con:
            sweep = sweep_landing(self.landing, self.lake, self.ledger, RULES, [replacement], rewrite=landing)
            assert bool(sweep.held) is not landing
            partitions = partitions_naming(con, self.lake, self.ledger, rows) | sweep.facts.keys()
            rewrite(con, self.lake, self.ledger, rows, partitions, sweep.facts, 3)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """jane's key, and that of the word in her place: what ingesting them gives."""
    other = Home(tmp_path_factory.mktemp("keys"))
    (jane,) = {row[3] for row in other.usage() if row[2] == "calling"}
    for day in DAYS:
        path = other.landing.root / "license_usage" / str(day) / "a.csv"
        path.write_text(path.read_text().replace("jane", "token"))
        ingest_partition(other.landing, other.lake, other.ledger, LICENSE_USAGE, day, RULES)
    (token,) = {row[3] for row in other.usage() if row[2] == "calling"}
    other.ledger.close()
    return {jane: token}


def renamed(rows, keys):
    return sorted((*row[:3], keys.get(row[3], row[3]), row[4]) for row in rows)


def test_nothing_is_stale_and_nothing_is_read_again(home, keys):
    before, records = home.usage(), home.ledger.partitions()
    home.forget_jane(keys)
    assert home.usage() == renamed(before, keys)
    assert home.stale() == {}
    assert home.waiting() == []
    assert [record.rows_read for record in home.ledger.partitions()] == [record.rows_read for record in records]
    (jane,) = keys
    for path in home.lake.root.rglob("*.parquet"):
        assert str(jane) not in str(duckdb.execute(f"from read_parquet('{path}')").fetchall())


def test_one_partners_holder(home, keys):
    before = home.usage()
    with open_workbench(home.lake, RULES) as con:
        rows = HolderKeys(keys, "q")
        rewrite(con, home.lake, home.ledger, rows, partitions_naming(con, home.lake, home.ledger, rows), {}, 3)
    assert home.usage() == sorted(
        renamed([row for row in before if row[1] == "q"], keys) + [row for row in before if row[1] != "q"]
    )


@pytest.mark.parametrize("nth", range(1, 16))
@pytest.mark.parametrize("run_between", [False, True], ids=["at once", "after another run"])
def test_killed_at_any_rename(home, keys, monkeypatch, nth, run_between):
    """Nine files are renamed: three in landing, and two of each lake partition; from the tenth on nobody is killed."""
    before, renames = home.usage(), 0
    replace = Path.replace

    def die(self, target):
        nonlocal renames
        renames += 1
        if renames == nth:
            raise Killed
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die)
        try:
            home.forget_jane(keys)
        except Killed:
            assert nth <= 9
        else:
            assert nth > 9
    if run_between:
        for day in DAYS:
            ingest_partition(home.landing, home.lake, home.ledger, LICENSE_USAGE, day, RULES)
    home.forget_jane(keys)
    for day in DAYS:  # what the daily run does next
        ingest_partition(home.landing, home.lake, home.ledger, LICENSE_USAGE, day, RULES)
    assert home.usage() == renamed(before, keys)
    assert home.waiting() == []
    assert home.ledger.rewrites() == []
    if not run_between:
        assert home.stale() == {}


def test_landing_that_changed_meanwhile_is_still_read(home, keys):
    late = home.landing.root / "license_usage" / str(DAYS[1]) / "late.csv"
    late.write_text(USAGE + "p,c,s,meetings,ann,9\n")
    home.forget_jane(keys)
    assert home.waiting() == [DAYS[1]]


def test_a_customers_rows_and_counts(home):
    rows = CustomerRows("c", 0, subscriptions=frozenset({("p", "s"), ("q", "s")}))
    named = RecordsLeftOut(NamedCustomer("c", None, rows.subscriptions))
    with open_workbench(home.lake, RULES) as con:
        sweep = sweep_landing(home.landing, home.lake, home.ledger, RULES, [named], rewrite=True)
        partitions = partitions_naming(con, home.lake, home.ledger, rows) | sweep.facts.keys()
        assert rewrite(con, home.lake, home.ledger, rows, partitions, sweep.facts, 3) == 6
    assert [row[1:3] for row in home.usage()] == [("p", "meetings")] * 3
    for record in home.ledger.partitions():
        counts = (record.rows_read, record.rows_accepted, record.rows_quarantined, record.partners, record.reasons)
        assert counts == (1, 1, 0, {"p": 1}, {})
        assert home.lake.holds(record)
    assert home.waiting() == []
    assert list(home.stale()) == DAYS
    # Read again, the rewritten files give the same.
    records = {(record.dataset, record.partition_date): record.content_hash for record in home.ledger.partitions()}
    for dataset in (LICENSE_USAGE, CUSTOMERS):
        outcome = ingest_partition(home.landing, home.lake, home.ledger, dataset, DAYS[0], RULES, reread=True)
        assert outcome.record is not None
        assert outcome.record.content_hash == records[dataset.name, DAYS[0]]
        assert outcome.record.rows_read == 1


def test_a_file_that_can_not_be_read_is_named(home, keys):
    broken = home.landing.root / "license_usage" / str(DAYS[0]) / "b.csv.gz"
    broken.write_bytes(b"no gzip")
    replacement = TokenForHolder(NamedHolder("jane"), "jane", "token")
    sweep = sweep_landing(home.landing, home.lake, home.ledger, RULES, [replacement], rewrite=True)
    assert sweep.held == [broken]
    assert len(sweep.rewritten) == 3


def test_a_rewritten_file_keeps_its_permissions(home, keys):
    path = home.landing.root / "license_usage" / str(DAYS[0]) / "a.csv"
    path.chmod(0o640)
    home.forget_jane(keys)
    assert path.stat().st_mode & 0o777 == 0o640
