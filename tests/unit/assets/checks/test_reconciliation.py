"""Reconciliation: counted by hand in landing files, and found out where the lake or the ledger says otherwise."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.checks.reconciliation import LICENSES_ARRIVED, ROWS_ADD_UP, reconcile, reconcile_unchecked
from assets.ingest.ingestion import ingest_partition
from assets.ingest.rules import IngestRules
from expectations.accounts import Accounts, FileRows
from expectations.contract import DATASETS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SUBSCRIPTIONS, Dataset
from expectations.results import CheckResult
from planning.records import PartitionRecord
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger import partitions
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import held_partitions
from storage.ledger.ledger import Ledger

DAY = date(2026, 3, 1)
RULES = IngestRules(holder_key=b"k" * 32, max_quarantined_share=1.0, memory_limit="500MB", threads=1)
LICENSES = "partner_id,customer_id,subscription_id,product,license_code,license_name,total_licenses,assigned_licenses"
USAGE = "partner_id,customer_id,subscription_id,product,user_id,activity_count"
HEADERS = {name: ",".join(dataset.column_names) for name, dataset in DATASETS.items()}


class Home:
    """Landing, lake and ledger in a folder."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.root, self.ledger, self.lake = root, ledger, Lake(root / "lake")

    def ingest(self, dataset: Dataset, **files: list[str]) -> PartitionRecord:
        folder = self.root / "landing" / dataset.name / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            (folder / f"{name}.csv").write_text("\n".join([HEADERS[dataset.name], *rows]) + "\n")
        landing = LandingFolder(self.root / "landing")
        outcome = ingest_partition(landing, self.lake, self.ledger, dataset, DAY, RULES)
        assert outcome.record is not None, outcome
        return outcome.record

    def accounts(self, record: PartitionRecord) -> Accounts:
        found = PartitionAccounts(self.ledger).of(record)
        assert found is not None
        return found

    def results(self, record: PartitionRecord) -> dict[str, CheckResult]:
        with duckdb.connect() as con:
            return {result.check_name: result for result in reconcile(con, self.lake, self.ledger, [record])}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield Home(tmp_path, ledger)


def licence(subscription: str, total: object, assigned: object, product: str = "meetings", partner: str = "p") -> str:
    return f"{partner},c,{subscription},{product},EE,,{total},{assigned}"


def test_licence_files_are_accounted_for_row_by_row(home: Home) -> None:
    record = home.ingest(
        LICENSE_ASSIGNMENTS,
        a=[
            licence("s1", 10, 4),  # repeated exactly in b: a duplicate
            licence("s2", 20, 20),  # the same key in b, with other counts: duplicate_key
            licence("s3", -1, 0),  # negative_count
            "p,c",  # wrong_field_count
            licence("s4", 7, 9, "calling"),
        ],
        b=[licence("s1", 10, 4), licence("s2", 21, 20), licence("s9", 5, 5, partner="q"), licence("x", "many", 1)],
    )
    accounts = home.accounts(record)
    assert accounts.files == {"a.csv": FileRows(5, 1, 3, 1), "b.csv": FileRows(4, 3, 1, 0)}
    assert accounts.licenses == {"p": {"calling": (7, 9), "meetings": (31, 24)}, "q": {"meetings": (5, 5)}}
    assert accounts.delivered == {"p": 7, "q": 1}  # nine rows, one of them without fields to tell
    assert accounts.merged == 0
    assert {name: result.passed for name, result in home.results(record).items()} == {
        ROWS_ADD_UP: True,
        LICENSES_ARRIVED: True,
    }


def test_usage_rows_that_add_up_are_accounted_for(home: Home) -> None:
    record = home.ingest(
        LICENSE_USAGE,
        a=["p,c,s,meetings,ann,1", "p,c,s,meetings,ann,2", "p,c,s,meetings,bob,1"],
        b=["p,c,s,meetings,ann,5", "p,c,s,meetings,cat,0"],
    )
    accounts = home.accounts(record)
    assert accounts.files == {"a.csv": FileRows(3, 3, 0, 0), "b.csv": FileRows(2, 1, 1, 0)}
    assert accounts.merged == 2  # four accepted rows, two holders
    assert home.results(record)[ROWS_ADD_UP].passed


def test_a_row_that_the_lake_lost_is_found(home: Home) -> None:
    record = home.ingest(LICENSE_ASSIGNMENTS, a=[licence("s1", 10, 4), licence("s2", 3, 1, "calling")])
    path = home.lake.accepted_path(LICENSE_ASSIGNMENTS, DAY)
    pq.write_table(pq.read_table(path, partitioning=None).slice(0, 1), path)
    results = home.results(record)
    assert results[ROWS_ADD_UP].message == (
        "2 accepted rows are recorded, 1 are in the lake; 2 rows were accepted, 1 are in the lake + 0 added up"
    )
    assert results[LICENSES_ARRIVED].message == (
        "partner p, calling: 3 total and 1 assigned licences accepted, 0 and 0 in the lake"
    )
    assert all(result.blocks for result in results.values())


def test_a_row_that_quarantine_lost_is_found(home: Home) -> None:
    record = home.ingest(LICENSE_USAGE, a=["p,c,s,meetings,ann,1", "p,c,s,meetings,bob,0", "p,c,s,fax,bob,1"])
    path = home.lake.quarantine_path(LICENSE_USAGE, DAY)
    pq.write_table(pq.read_table(path, partitioning=None).slice(0, 1), path)
    message = home.results(record)[ROWS_ADD_UP].message
    assert "2 quarantined rows are recorded, 1 are stored" in message
    assert "a.csv: 3 rows read, 1 accepted + 1 in quarantine + 0 exact duplicates" in message
    path.unlink()
    assert "0 are stored" in home.results(record)[ROWS_ADD_UP].message


def test_pruned_quarantine_is_no_difference(home: Home) -> None:
    record = home.ingest(LICENSE_USAGE, a=["p,c,s,meetings,ann,1", "p,c,s,meetings,bob,0"])
    home.lake.empty_quarantine(LICENSE_USAGE, DAY)
    assert home.results(record)[ROWS_ADD_UP].passed


def test_a_ledger_that_miscounts_is_found(home: Home) -> None:
    record = home.ingest(SUBSCRIPTIONS, a=["p,c,s,true,active,2026-01-01,,false"])
    wrong = replace(record, rows_read=3)
    assert home.results(wrong)[ROWS_ADD_UP].message == (
        "3 rows read are recorded, and 1 accepted, quarantined or duplicate; 1 rows were read, 3 are recorded"
    )


def test_content_that_changed_since_has_no_accounts(home: Home) -> None:
    record = home.ingest(SUBSCRIPTIONS, a=["p,c,s,true,active,2026-01-01,,false"])
    erased = replace(record, content_hash="other")
    assert PartitionAccounts(home.ledger).of(erased) is None
    assert home.results(erased)[ROWS_ADD_UP].passed
    assert not home.results(replace(erased, rows_read=2))[ROWS_ADD_UP].passed


def test_results_are_recorded_once_for_a_content_and_hold_the_partition(home: Home) -> None:
    record = home.ingest(SUBSCRIPTIONS, a=["p,c,s,true,active,2026-01-01,,false"])
    assert [r.passed for r in reconcile_unchecked(home.lake, home.ledger, SUBSCRIPTIONS, [DAY], "run 1")] == [True]
    assert reconcile_unchecked(home.lake, home.ledger, SUBSCRIPTIONS, [DAY], "run 2") == []
    assert [stored.run_id for stored in CheckResults(home.ledger).rows()] == ["run 1"]
    assert held_partitions(home.ledger) == {}
    with home.ledger.transaction() as connection:
        partitions.upsert(connection, replace(record, content_hash="changed", rows_duplicate=1))
    assert [r.passed for r in reconcile_unchecked(home.lake, home.ledger, SUBSCRIPTIONS, [DAY], "run 3")] == [False]
    assert list(held_partitions(home.ledger)) == [("subscriptions", DAY)]


ROW = st.sampled_from(
    [
        *(licence(f"s{number}", total, 1) for number in (1, 2, 3) for total in (5, 6)),
        licence("s1", "", 1),
        licence("s1", "x", 1),
        licence("s1", 1, 1, "fax"),
        "p,c,s1",
        ",,,,,,,",
        licence("s7", 2, 3, partner="q"),
    ]
)


@settings(max_examples=40, deadline=None)
@given(files=st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=4), data=st.data())
def test_every_row_of_every_file_is_accounted_for(files: list[list[str]], data: st.DataObject) -> None:
    files[0].append(licence("s0", 1, 1))  # a snapshot needs an accepted row
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite") as ledger:
        home = Home(Path(folder), ledger)
        record = home.ingest(LICENSE_ASSIGNMENTS, **{f"f{number}": rows for number, rows in enumerate(files)})
        accounts = home.accounts(record)
        assert [accounts.files[f"f{n}.csv"].read for n in range(len(files))] == [
            sum(row != ",,,,,,," for row in rows)  # which is no record
            for rows in files
        ]
        for rows in accounts.files.values():
            assert rows.read == rows.accepted + rows.quarantined + rows.duplicate
        assert accounts.licenses == newest_licences(files)
        assert all(result.passed for result in home.results(record).values())


def newest_licences(files: list[list[str]]) -> dict[str, dict[str, tuple[int, int]]]:
    """The licences of the last good row of each subscription, in plain Python."""
    newest = {}
    for row in (row for rows in files for row in rows):
        fields = row.split(",")
        if len(fields) == 8 and fields[0] and fields[3] == "meetings" and fields[6].isdigit():
            newest[fields[0], fields[2]] = int(fields[6]), int(fields[7])
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for (partner, _), (total, assigned) in newest.items():
        before = found.get(partner, {}).get("meetings", (0, 0))
        found[partner] = {"meetings": (before[0] + total, before[1] + assigned)}
    return found
