"""Several partitions at a time: what comes of them is what comes of one after the other, whatever happens."""

import sqlite3
import tempfile
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assets.ingest.crew as crew
from assets.ingest.ingestion import IngestOutcome, ingest_partitions
from assets.ingest.rules import IngestRules
from assets.ingest.storing import Stored, TooLittleMemoryError, store_partition
from expectations.contract import CUSTOMERS, DATASETS, Dataset
from sources.landing.folder import LandingFolder
from storage.files.atomic import StorageError
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

from ..landing_home import CUSTOMER_HEADER, DAY, Home
from .messy_files import csv_file
from .naive_ingestion import KEY

DAYS = [DAY + timedelta(days=number) for number in range(6)]
THREADS = 3
RULES = IngestRules(holder_key=KEY, max_quarantined_share=1.0, memory_limit="500MB", threads=1)
Files = dict[tuple[str, date], dict[str, str]]


@st.composite
def landing_folders(draw: st.DrawFn) -> Files:
    """Partitions of any datasets and days, in any state: refused, with bad rows, with repeated keys, unreadable."""
    names = st.sampled_from(["license_usage", "customers", "license_usage", "subscriptions", "license_assignments"])
    found = draw(st.lists(st.tuples(names, st.sampled_from(DAYS)), min_size=3, max_size=12, unique=True))
    return {
        (name, day): {
            file: draw(st.one_of(csv_file(name), csv_file(name), st.just("no header\n")))
            for file in draw(st.lists(st.sampled_from(["a.csv", "b.csv"]), min_size=1, max_size=2, unique=True))
        }
        for name, day in found
    }


def land(root: Path, files: Files) -> None:
    for (name, day), texts in files.items():
        folder = root / "landing" / name / day.isoformat()
        folder.mkdir(parents=True)
        for file, text in texts.items():
            (folder / file).write_bytes(text.encode())


def ingested(root: Path, home: Path, rules: IngestRules) -> list[tuple[Any, ...]]:
    """Ingest every dataset and day; the outcomes, without the time."""
    work = [(dataset, day) for dataset in DATASETS.values() for day in DAYS]
    with Ledger(home / "ledger.sqlite") as ledger:
        found = ingest_partitions(LandingFolder(root / "landing"), Lake(home / "lake"), ledger, work, rules)
        return [timeless(outcome) for outcome in found]


def timeless(outcome: IngestOutcome) -> tuple[Any, ...]:
    then = outcome.record.ingested_at if outcome.record else None
    record = replace(outcome.record, ingested_at=None) if outcome.record else None  # type: ignore[arg-type]
    refusal = replace(outcome.refusal, refused_at=None) if outcome.refusal else None  # type: ignore[arg-type]
    return outcome.status, record, refusal, then is None


def ledger_of(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(home / "ledger.sqlite") as con:
        tables = {}
        for table in ("partitions", "refusals", "accounts"):
            found = con.execute(f"select * from {table}")
            kept = [n for n, column in enumerate(found.description) if column[0] not in ("ingested_at", "refused_at")]
            tables[table] = [tuple(row[n] for n in kept) for row in found]
        return tables


def lake_of(home: Path) -> dict[str, list[str]]:
    """The rows of every file, accepted or quarantined, and what it says it was made from."""
    found = {}
    with duckdb.connect() as con:
        for path in home.rglob("lake/**/*.parquet"):
            rows = con.execute("from read_parquet(?)", [str(path)]).fetchall()
            made_from = con.execute("select key, value from parquet_kv_metadata(?)", [str(path)]).fetchall()
            found[str(path.relative_to(home))] = [*sorted(map(repr, rows)), *sorted(map(repr, made_from))]
    return found


@settings(max_examples=25, deadline=None)
@given(landing_folders(), st.sampled_from([0.05, 1.0]))
def test_many_at_a_time_are_as_one_after_the_other(files: Files, share: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        land(root, files)
        rules = replace(RULES, max_quarantined_share=share)
        alone, together = root / "alone", root / "together"
        expected = ingested(root, alone, rules)
        assert ingested(root, together, replace(rules, threads=THREADS)) == expected
        assert ledger_of(together) == ledger_of(alone)
        assert lake_of(together) == lake_of(alone)
        again = ingested(root, together, replace(rules, threads=THREADS))
        assert {status for status, *_ in again} <= {"unchanged", "refused", "missing"}


def land_customers(home: Home) -> None:
    for day in DAYS:
        folder = home.root / "landing" / "customers" / day.isoformat()
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(f"{CUSTOMER_HEADER}\np,{day},n,,\n")


def ingest_customers(home: Home, threads: int = THREADS) -> list[str]:
    work = [(CUSTOMERS, day) for day in DAYS]
    rules = replace(home.rules, threads=threads)
    return [found.status for found in ingest_partitions(home.landing, home.lake, home.ledger, work, rules)]


def no_thread_is_left() -> bool:
    return not any(thread.name.startswith("ingest") for thread in threading.enumerate())


def test_an_error_leaves_what_came_before_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land_customers(home)

    def broken(con: Any, lake: Lake, dataset: Dataset, found: Any, rules: IngestRules, **rest: Any) -> Stored:
        if found.landed.date == DAYS[3]:
            raise StorageError("the disk is full")
        return store_partition(con, lake, dataset, found, rules, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(crew, "store_partition", broken)
        with pytest.raises(StorageError, match="the disk is full"):
            ingest_customers(home)
    assert [record.partition_date for record in home.ledger.partitions()] == DAYS[:3]
    assert no_thread_is_left()
    assert ingest_customers(home) == ["unchanged"] * 3 + ["loaded"] * 3


def test_ended_in_between_it_leaves_no_thread_and_the_next_run_finishes(home: Home) -> None:
    land_customers(home)
    work = [(CUSTOMERS, day) for day in DAYS]
    outcomes = ingest_partitions(home.landing, home.lake, home.ledger, work, replace(home.rules, threads=THREADS))
    assert next(outcomes).status == "loaded"  # type: ignore[call-overload]
    outcomes.close()  # type: ignore[attr-defined]
    assert no_thread_is_left()
    assert not list(home.lake.root.rglob("*.writing"))
    assert [record.partition_date for record in home.ledger.partitions()] == DAYS[:1]
    assert ingest_customers(home) == ["unchanged"] + ["loaded"] * 5


def test_what_lacks_memory_beside_others_is_done_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land_customers(home)
    tries: dict[date, int] = dict.fromkeys(DAYS, 0)
    started = threading.Barrier(2)

    def short_of_memory(con: Any, lake: Lake, dataset: Dataset, found: Any, rules: IngestRules, **rest: Any) -> Stored:
        day = found.landed.date
        tries[day] += 1
        if day in DAYS[:2] and tries[day] == 1:
            started.wait(timeout=600)  # so that both have company
            if day == DAYS[0]:
                raise TooLittleMemoryError("does not fit")
            return replace(store_partition(con, lake, dataset, found, rules, **rest), starved=True, cause="no memory")
        return store_partition(con, lake, dataset, found, rules, **rest)

    monkeypatch.setattr(crew, "store_partition", short_of_memory)
    assert ingest_customers(home) == ["loaded"] * 6
    assert list(tries.values()) == [2, 2, 1, 1, 1, 1]


def test_what_lacks_memory_alone_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land_customers(home)

    def short_of_memory(*_: Any, **__: Any) -> Stored:
        raise TooLittleMemoryError("does not fit")

    monkeypatch.setattr(crew, "store_partition", short_of_memory)
    with pytest.raises(TooLittleMemoryError):
        ingest_customers(home)
    assert no_thread_is_left()


def test_large_partitions_wait_for_each_other(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land_customers(home)
    monkeypatch.setattr(crew, "_EXPANDED", {".csv": 1 << 30})
    at_once, most = 0, 0

    def counting(con: Any, lake: Lake, dataset: Dataset, found: Any, rules: IngestRules, **rest: Any) -> Stored:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        stored = store_partition(con, lake, dataset, found, rules, **rest)
        at_once -= 1
        return stored

    monkeypatch.setattr(crew, "store_partition", counting)
    assert ingest_customers(home) == ["loaded"] * 6
    assert most == 1


def test_one_thread_works_on_one_at_a_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land_customers(home)
    monkeypatch.setattr(crew, "ThreadPoolExecutor", lambda *_: pytest.fail("a thread was started"))
    assert ingest_customers(home, threads=1) == ["loaded"] * 6
