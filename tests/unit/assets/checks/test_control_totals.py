"""Control totals: stated by hand, compared with hand-written landing files."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.checks.control_totals import control_results, update_control_totals
from assets.ingest.ingestion import ingest_partition
from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from expectations.contract import DATASETS
from expectations.results import CheckResult, Severity
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import held_partitions
from storage.ledger.ledger import Ledger

DAY = date(2026, 3, 1)
RULES = IngestRules(holder_key=b"k" * 32, max_quarantined_share=0.5, memory_limit="500MB", threads=1)
HEADER = "partner_id,dataset,date,rows,total_licenses,assigned_licenses"
FILES = {
    "customers": ["p,c1,Acme,DE,", "p,c2,Bolt,,", "q,c9,Zoo,,"],
    "license_assignments": [
        "p,c1,s1,meetings,EE,,10,4",
        "p,c1,s1,meetings,EE,,10,4",  # an exact duplicate: delivered, its licences once
        "p,c1,s1,calling,CC,,5,6",
        "p,c1,s2,meetings,EE,,x,1",  # bad_type: delivered, its licences not accepted
        "q,c9,s9,other,OO,,1,0",
    ],
    "license_usage": ["p,c1,s1,meetings,ann,1", "p,c1,s1,meetings,ann,2"],
}


class Landing:
    """A landing folder with the files above, ingested."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, rows in FILES.items():
            self.write(name, ",".join(DATASETS[name].column_names), *rows)

    def write(self, dataset: str, header: str, *rows: str, name: str = "a.csv") -> None:
        folder = self.root / dataset / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join([header, *rows]) + "\n")

    def results(self, tmp_path: Path, severity: Severity = Severity.WARN) -> list[CheckResult]:
        landing, lake = LandingFolder(self.root), Lake(tmp_path / "lake")
        with Ledger(tmp_path / "ledger.sqlite") as ledger, open_workbench(lake, RULES) as con:
            for dataset in DATASETS.values():
                ingest_partition(landing, lake, ledger, dataset, DAY, RULES, con=con)
            return list(control_results(con, landing, ledger, [DAY], severity))


def test_results_follow_the_files_and_hold_the_partition_where_they_may(landing: Landing, tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path / "lake"), LandingFolder(landing.root)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for dataset in DATASETS.values():
            ingest_partition(folder, lake, ledger, dataset, DAY, RULES)

        def update(severity: Severity = Severity.ERROR) -> list[tuple[str, str | None, bool]]:
            update_control_totals(folder, lake, ledger, RULES, severity, "run")
            return [
                (stored.result.asset, stored.result.partner_id, stored.result.passed)
                for stored in CheckResults(ledger).rows()
            ]

        assert update() == []
        landing.write("control_totals", HEADER, "p,customers,,9,,", "q,customers,,1,,", "p,license_usage,,3,,")
        assert update() == [
            ("raw/control_totals", None, True),
            ("raw/customers", "p", False),
            ("raw/customers", "q", True),
            ("raw/license_usage", "p", False),
        ]
        assert list(held_partitions(ledger)) == [("customers", DAY), ("license_usage", DAY)]
        assert update_control_totals(folder, lake, ledger, RULES, Severity.ERROR, "run") == []  # nothing changed
        assert len(update(Severity.WARN)) == 4
        assert held_partitions(ledger) == {}
        landing.write("control_totals", HEADER, "p,customers,,2,,")
        assert update() == [("raw/control_totals", None, True), ("raw/customers", "p", True)]
        (landing.root / "control_totals" / DAY.isoformat() / "a.csv").unlink()
        assert update() == []


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landing]:
    yield Landing(tmp_path / "landing")


def messages(results: list[CheckResult]) -> dict[tuple[str, str | None], str]:
    return {(result.asset, result.partner_id): result.message for result in results}


def test_nothing_stated_nothing_said(landing: Landing, tmp_path: Path) -> None:
    assert landing.results(tmp_path) == []


def test_right_totals_pass(landing: Landing, tmp_path: Path) -> None:
    landing.write(
        "control_totals",
        HEADER,
        "p,customers,2026-03-01,2,,",
        "q,customers,,1,,",
        "p,license_assignments,2026-03-01,4,15,10",  # 10 + 5 and 4 + 6, of accepted rows
        "q,license_assignments,2026-03-01,1,,0",
        "p,license_usage,2026-03-01,2,,",
        "p,subscriptions,2026-03-01,0,,",  # there is no partition, and nothing in it
    )
    results = landing.results(tmp_path)
    assert all(result.passed for result in results)
    assert [(result.check_name, result.asset, result.partner_id) for result in results] == [
        ("control_file", "raw/control_totals", None),
        ("control_totals", "raw/customers", "p"),
        ("control_totals", "raw/customers", "q"),
        ("control_totals", "raw/license_assignments", "p"),
        ("control_totals", "raw/license_assignments", "q"),
        ("control_totals", "raw/license_usage", "p"),
        ("control_totals", "raw/subscriptions", "p"),
    ]


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.ERROR])
def test_differences_name_both_sides(landing: Landing, tmp_path: Path, severity: Severity) -> None:
    landing.write(
        "control_totals",
        HEADER,
        "p,customers,2026-03-01,3,,",
        "r,customers,2026-03-01,1,,",
        "p,license_assignments,2026-03-01,4,1015,11",
        "p,subscriptions,2026-03-01,7,,",
    )
    results = [result for result in landing.results(tmp_path, severity) if not result.passed]
    assert messages(results) == {
        ("raw/customers", "p"): "3 rows stated, 2 delivered",
        ("raw/customers", "r"): "1 rows stated, 0 delivered",
        ("raw/license_assignments", "p"): "1,015 total licences stated, 15 accepted; 11 assigned licences stated, "
        "10 accepted",
        ("raw/subscriptions", "p"): "7 rows stated, 0 delivered (the partition is missing)",
    }
    assert {result.severity for result in results} == {severity}


def test_a_refused_partition_differs(landing: Landing, tmp_path: Path) -> None:
    landing.write("customers", "partner_id,customer_id", "p,c1")
    landing.write("control_totals", HEADER, "p,customers,2026-03-01,1,,")
    (failed,) = [result for result in landing.results(tmp_path) if not result.passed]
    assert failed.message == "1 rows stated, 0 delivered (the partition is refused)"


def test_bad_rows_and_files_are_reported_and_the_others_compared(landing: Landing, tmp_path: Path) -> None:
    landing.write(
        "control_totals",
        HEADER,
        "p,customers,2026-03-01,5,,",  # repeated below with another count: duplicate_key
        "p,customers,2026-03-01,2,,",
        "p,invoices,2026-03-01,2,,",
        "p,license_usage,2026-03-02,2,,",
        "q,customers,2026-03-01,-1,,",
    )
    landing.write("control_totals", "partner_id,rows", "p,1", name="b.csv")
    read, *compared = landing.results(tmp_path)
    assert read.message == (
        "b.csv: lacks the required columns dataset; "
        "4 rows break the contract: negative_count, unknown_dataset, wrong_partition_date, duplicate_key"
    )
    assert (read.passed, read.severity, read.failures) == (False, Severity.WARN, 5)
    assert [(row["record"], row["reasons"]) for row in read.sample] == [
        ("1", "duplicate_key"),
        ("3", "unknown_dataset"),
        ("4", "wrong_partition_date"),
        ("5", "negative_count"),
    ]
    assert [(result.partner_id, result.passed) for result in compared] == [("p", True)]


def test_a_feed_without_one_readable_file(landing: Landing, tmp_path: Path) -> None:
    landing.write("control_totals", "nonsense", "1")
    (read,) = landing.results(tmp_path)
    assert not read.passed
    assert read.failures == 1


def test_parquet_follows_the_same_rules(landing: Landing, tmp_path: Path) -> None:
    folder = landing.root / "control_totals" / DAY.isoformat()
    folder.mkdir(parents=True)
    table = pa.table({"partner_id": ["p"], "dataset": ["customers"], "rows": [2.0], "date": [DAY]})
    pq.write_table(table, folder / "t.parquet")
    assert [result.passed for result in landing.results(tmp_path)] == [True, True]
