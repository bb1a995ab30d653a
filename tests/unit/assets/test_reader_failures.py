"""A file that can't be read costs its own partition, and no other."""

import logging
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.ingestion import ingest_partitions, needs_ingest
from assets.ingest.reader_log import reader_tracebacks
from assets.ingest.workbench import open_workbench
from assets.landing.checking import CheckRequest, check_landing
from expectations.contract import CUSTOMERS, LICENSE_USAGE
from sources.readers.limits import ReadLimits
from sources.readers.reading import LOG, read_file

from .landing_home import CUSTOMER_HEADER, DAY, Home

NEXT = DAY + timedelta(days=1)


def break_reader(monkeypatch: pytest.MonkeyPatch, of: date) -> None:
    """The reader fails on the files of one day."""
    import sources.readers.reading

    plain = sources.readers.reading._parse

    def parse(name: str, *rest: Any) -> Any:
        if name.startswith(of.isoformat()):
            raise KeyError("a fault of the reader")
        return plain(name, *rest)

    monkeypatch.setattr("sources.readers.reading._parse", parse)


def land(home: Home, day: date, *ids: str) -> Path:
    folder = home.root / "landing" / "customers" / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}.csv"
    path.write_text("\n".join([CUSTOMER_HEADER, *(f"p,{customer},n,," for customer in ids)]) + "\n")
    return path


def test_other_partitions_go_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (DAY, NEXT):
        land(home, day, "c1")
    break_reader(monkeypatch, DAY)
    found = ingest_partitions(home.landing, home.lake, home.ledger, [(CUSTOMERS, DAY), (CUSTOMERS, NEXT)], home.rules)
    assert [outcome.status for outcome in found] == ["refused", "loaded"]
    refusal = home.ledger.refusal("customers", DAY)
    assert refusal is not None
    assert refusal.cause.startswith(f"{DAY}.csv: cannot be read: the reader failed with KeyError")
    assert not home.needs()  # it stays refused, until something changes


def test_a_check_goes_on(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (DAY, NEXT):
        land(home, day, "c1")
    break_reader(monkeypatch, DAY)

    class Silent:
        def start(self, task: str, total: int) -> None: ...

        def advance(self, task: str, step: str = "") -> None: ...

    report = check_landing(home.landing, CheckRequest(NEXT, 0.05, 3, datasets=("customers",)), Silent())
    causes = {partition.day: partition.cause for partition in report.datasets[0].partitions}
    assert "the reader failed with KeyError" in causes[DAY] and causes[NEXT] == ""


def test_a_traceback_is_in_the_runs_log(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = land(home, DAY, "c1")
    break_reader(monkeypatch, DAY)
    with caplog.at_level(logging.ERROR), reader_tracebacks(logging.getLogger("a run")):
        read_file(path, CUSTOMERS)
    messages = [record.getMessage() for record in caplog.records if record.name == "a run"]
    assert len(messages) == 1 and "Traceback" in messages[0] and messages[0].endswith("KeyError")
    assert "a fault of the reader" not in messages[0].replace('raise KeyError("a fault of the reader")', "")
    assert all(isinstance(handler, logging.NullHandler) for handler in LOG.handlers)


def test_a_higher_limit_reads_what_was_refused(home: Home) -> None:
    home.land("c" * 900)
    home.rules = replace(home.rules, limits=ReadLimits(record_size=500))
    outcome = home.ingest()
    assert outcome.status == "refused" and outcome.refusal is not None
    assert outcome.refusal.cause.startswith("a.csv: has a record of more than 500 bytes that begins in line 2")
    assert home.ingest().status == "refused"
    home.rules = replace(home.rules, limits=ReadLimits(record_size=1000))
    assert home.needs()
    assert (home.ingest().status, len(home.ids())) == ("loaded", 1)


def test_a_lower_limit_leaves_what_was_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.land("c1")
    home.ingest()
    home.rules = replace(home.rules, limits=ReadLimits(record_size=5))
    assert not home.needs()
    assert home.ingest().status == "unchanged"


def test_touching_a_refused_file_does_not_read_it_again(home: Home) -> None:
    path = home.land("c" * 900)
    home.rules = replace(home.rules, limits=ReadLimits(record_size=500))
    home.ingest()
    path.write_bytes(path.read_bytes())
    assert not needs_ingest(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    assert home.ingest().status == "refused"


def test_the_first_partition_of_a_home_may_spill(home: Home) -> None:
    rules = replace(home.rules, memory_limit="20MB")
    with open_workbench(home.lake, rules) as con:
        con.execute("create temp table wide as select i, repeat('x', 100) || i as text from range(600000) t(i)")
        spilled = con.execute("select sum(size) from duckdb_temporary_files()").fetchone()
        assert spilled is not None and spilled[0] > 10_000_000
        assert con.execute("select count(distinct text) from wide where i < 1000").fetchone() == (1000,)


def test_a_first_partition_of_usage_that_spills_is_loaded(home: Home) -> None:
    home.rules = replace(home.rules, memory_limit="60MB")
    users = 300_000
    home.land_usage(*(f"p,c{number},{'s' * 100}{number},meetings,u{number},1" for number in range(users)))
    outcome = home.ingest(LICENSE_USAGE)
    assert outcome.record is not None and outcome.record.rows_accepted == users
