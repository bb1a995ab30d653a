"""Messy CSV partitions, ingested and compared with a naive second reading of the contract, in plain Python."""

import csv
import io
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

from .naive_ingestion import (
    COLUMNS,
    DAY,
    KEY,
    PRODUCTS,
    STATUSES,
    naive,
)

RULES = IngestRules(holder_key=KEY, max_quarantined_share=1.0, memory_limit="500MB", threads=1)

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)

VALUES = {
    "text": st.sampled_from(["p", "q", "00123", " p", 'a"b', "x,y", "l\nm", "l\r\nm", "'", "NULL", "\u00a0", "é"]),
    "integer": st.sampled_from(
        [
            "0",
            "1",
            "2",
            " 3\t",
            "+4",
            "007",
            "-1",
            "-0",
            "1.0",
            "1e3",
            "1_0",
            "x",
            "9223372036854775807",
            "9223372036854775808",
        ]
    ),
    "date": st.sampled_from(
        [
            "2026-03-01",
            "2026-01-31",
            " 2026-01-31\n",
            "2024-02-29",
            "2026-02-29",
            "0000-01-01",
            "0001-01-01",
            "2026/3/1",
            "20260301",
        ]
    ),
    "boolean": st.sampled_from(["true", "FALSE", "1", "0", " True ", "yes", "t", "2"]),
}

BLANK = st.sampled_from(["", " ", "\t\r\n"])

SPECIAL = {
    "status": st.sampled_from([*STATUSES, "Active", "active "]),
    "product": st.sampled_from([*PRODUCTS, "Calling"]),
}


def values_of(name: str, kind: str) -> st.SearchStrategy[str]:
    usual = SPECIAL.get(name, VALUES[kind])
    # Mostly fit to compete, so that duplicates and repeated keys are common.
    fit = {"status": "active", "product": "meetings"}.get(
        name, {"text": "p", "integer": "1", "date": "2026-03-01", "boolean": "1"}[kind]
    )
    return st.one_of(st.just(fit), st.just(fit), st.just(fit), usual, usual, BLANK, ANY_TEXT)


@st.composite
def csv_file(draw: st.DrawFn, dataset: str) -> str:
    columns = [declared.rstrip("?").split(":") for declared in COLUMNS[dataset].split()]
    nullable = {declared.split(":")[0] for declared in COLUMNS[dataset].split() if declared.endswith("?")}
    columns = [column for column in columns if column[0] not in nullable or draw(st.booleans())]
    if draw(st.booleans()):
        columns.append(["activity_date" if dataset == "license_usage" else "snapshot_date", "date"])
    if draw(st.booleans()):
        columns.append(["Partner_ID", "text"])
    columns = draw(st.permutations(columns))
    row = st.tuples(*(values_of(name, kind) for name, kind in columns))
    # A written row has two fields or more, so that it is never a blank line.
    odd = st.lists(VALUES["text"], min_size=2, max_size=len(columns) + 2)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    written = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(written, lineterminator=end, quoting=quoting)
    writer.writerow([name for name, _ in columns])
    for record in draw(st.lists(st.one_of(row, row, row, row, odd), max_size=12)):
        writer.writerow(record)
        if draw(st.integers(0, 9)) == 0:
            written.write(end)
    return written.getvalue()


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
