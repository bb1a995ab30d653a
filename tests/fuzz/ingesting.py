"""Ingest one partition after the other into one lake, and hold each outcome to the naive reading of the contract."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from assets.ingest.ingestion import IngestOutcome, ingest_partition
from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

from ..reference.contract import Dataset
from ..reference.raw import BREAKER, LOADED, MISSING, Landing, Partition

KEY = b"0123456789abcdef0123456789abcdef"
_RULES = IngestRules(float(BREAKER), memory_limit="500MB", threads=1, holder_key=KEY)
_FIRST = date(2001, 1, 1)


class Ingesting:
    """A home; every partition gets the next day, so that none has a past."""

    def __init__(self, root: Path, con: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        self.landing, self.lake, self.ledger = LandingFolder(root / "landing"), Lake(root / "lake"), ledger
        self.con = con
        self.day = _FIRST

    def next_folder(self, dataset: Dataset) -> Path:
        """The folder of a partition that was never there."""
        self.day += timedelta(days=1)
        folder = self.landing.root / dataset.name / self.day.isoformat()
        folder.mkdir(parents=True)
        return folder

    def ingest(self, dataset: Dataset) -> IngestOutcome:
        """Ingest the newest folder, and hold the outcome to what is true of every outcome."""
        declared = DATASETS[dataset.name]
        outcome = ingest_partition(self.landing, self.lake, self.ledger, declared, self.day, _RULES, con=self.con)
        assert outcome.record == self.ledger.partition(dataset.name, self.day)
        assert outcome.refusal == self.ledger.refusal(dataset.name, self.day)
        if outcome.refusal is not None:
            assert outcome.status == "refused" and outcome.record is None
            assert outcome.refusal.cause and outcome.refusal.cause.isprintable()
            assert not self.lake.accepted_path(declared, self.day).exists()
            return outcome
        record = outcome.record
        assert record is not None and outcome.status == "loaded"
        assert record.rows_read == record.rows_accepted + record.rows_quarantined + record.rows_duplicate
        assert sum(record.partners.values()) == record.rows_accepted
        assert len(self.quarantined(dataset)) == record.rows_quarantined
        if dataset.is_snapshot:
            assert sum(self.accepted(dataset).values()) == record.rows_accepted
        return outcome

    def accepted(self, dataset: Dataset) -> Counter[tuple[Any, ...]]:
        """The partition's rows in the lake."""
        path = self.lake.accepted_path(DATASETS[dataset.name], self.day)
        columns = ", ".join(column.name for column in dataset.columns)
        query = f"select {columns} from read_parquet(?, hive_partitioning = false)"
        return Counter(self.con.execute(query, [str(path)]).fetchall())

    def quarantined(self, dataset: Dataset) -> dict[tuple[str, int], frozenset[str]]:
        """The reasons of the partition's quarantined rows, by file and record number."""
        path = self.lake.quarantine_path(DATASETS[dataset.name], self.day)
        if not path.exists():
            return {}
        query = "select file, record_number, reasons from read_parquet(?)"
        rows = self.con.execute(query, [str(path)]).fetchall()
        return {(file, number): frozenset(reasons) for file, number, reasons in rows}

    def assert_as_reference(self, dataset: Dataset) -> None:
        """Ingest the newest folder; state, counts, rows and reasons are those of the naive reading."""
        expected = Landing(self.landing.root).partition(dataset, self.day)
        assert expected.state != MISSING
        outcome = self.ingest(dataset)
        if expected.state != LOADED:
            assert outcome.refusal is not None, f"accepted, though {expected.error}"
            assert outcome.refusal.rows_read == expected.rows_read
            return
        assert outcome.record is not None, outcome.refusal
        record = outcome.record
        assert (record.rows_read, record.rows_accepted, record.rows_duplicate) == (
            expected.rows_read,
            expected.rows_accepted,
            expected.rows_duplicate,
        )
        assert set(record.unexpected_columns) == expected.unexpected_columns
        assert self.quarantined(dataset) == {(row.file, row.record): row.reasons for row in expected.quarantined}
        assert self.accepted(dataset) == _lake_rows(expected)


def _lake_rows(partition: Partition) -> Counter[tuple[Any, ...]]:
    """The reference's rows as the lake has them: people hashed, sums of usage within 64 bits."""
    rows = [dict(row) for row in partition.rows]
    for row in rows:
        if "user_id" in row:
            row["user_id"] = int(hashlib.sha256(KEY + row["user_id"].encode()).hexdigest()[:15], 16)
            row["activity_count"] = min(row["activity_count"], 2**63 - 1)
    return Counter(tuple(row.values()) for row in rows)


@contextmanager
def ingesting(root: Path) -> Iterator[Ingesting]:
    """A home in an empty folder."""
    with Ledger(root / "ledger.sqlite") as ledger, open_workbench(Lake(root / "lake"), _RULES) as con:
        yield Ingesting(root, con, ledger)
