"""Messy CSV partitions, ingested and compared with a naive second reading of the contract, in plain Python."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.ingestion import ingest_partition
from assets.ingest.rules import IngestRules
from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

from .messy_files import csv_file
from .naive_ingestion import COLUMNS, DAY, KEY, naive

RULES = IngestRules(holder_key=KEY, max_quarantined_share=1.0, memory_limit="500MB", threads=1)


@st.composite
def partitions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    dataset = draw(st.sampled_from(sorted(COLUMNS)))
    names = draw(st.lists(st.sampled_from(["a.csv", "B.csv", "it's.csv"]), min_size=1, max_size=3, unique=True))
    return dataset, {name: draw(csv_file(dataset)) for name in names}


@contextmanager
def landed(dataset: str, files: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "landing" / dataset / DAY.isoformat()
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        yield Path(root)


@settings(max_examples=60, deadline=None)
@given(partitions())
def test_ingestion_agrees_with_the_naive_reading(partition: tuple[str, dict[str, str]]) -> None:
    name, files = partition
    dataset, expected = DATASETS[name], naive(name, files)
    with landed(name, files) as root, Ledger(root / "ledger") as ledger, duckdb.connect() as con:
        lake = Lake(root / "lake")
        outcome = ingest_partition(LandingFolder(root / "landing"), lake, ledger, dataset, DAY, RULES)
        if name != "license_usage" and not expected.accepted:
            assert outcome.status == "refused"
            return
        record = outcome.record
        assert record is not None
        assert record.rows_read == expected.read
        assert record.rows_accepted == expected.accepted_rows
        assert record.rows_quarantined == len(expected.quarantined)
        assert record.rows_duplicate == expected.duplicates
        stored = con.execute("select * from read_parquet(?)", [str(lake.accepted_path(dataset, DAY))]).fetchall()
        width = len(dataset.columns)
        assert sorted((row[:width] for row in stored), key=repr) == sorted(expected.accepted, key=repr)
        assert quarantined(con, lake.quarantine_path(dataset, DAY)) == expected.quarantined


def quarantined(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, int, list[str], Any]]:
    if not path.exists():
        return []
    rows = con.execute("select file, record_number, reasons, raw_row from read_parquet(?)", [str(path)]).fetchall()
    return sorted(((*row[:3], json.loads(row[3])) for row in rows), key=lambda row: row[:2])
