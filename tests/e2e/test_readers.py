"""Many processes read while runs publish: no error, and never rows of two publications in one look.

`PORTFOLIO_SOAK` makes it 32 readers for a minute through ten publications, and prints what a look took.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles

import duckdb
import pytest

from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest, publish

from .running import TIMEOUT_SECONDS

SOAK = int(os.environ.get("PORTFOLIO_SOAK", "0"))
READERS, PUBLICATIONS = (32, 10) if SOAK else (6, 5)
SECONDS_BETWEEN = 6.0 if SOAK else 0.0
MARTS = ["expiring_kpis", "license_positions", "portfolio_kpis"]
FIRST = date(2026, 1, 1)
ROWS = 20_000

# Every mart's rows carry the number of their publication, so that a mix shows.
READER = """
import json, sys, time
from pathlib import Path
import duckdb
serving, stop = Path(sys.argv[1]), Path(sys.argv[2])
while not stop.exists():
    started = time.perf_counter()
    with duckdb.connect(str(serving / "portfolio.duckdb"), read_only=True) as con:
        numbers = con.execute('''
            select (select list(distinct version) from marts.portfolio_kpis),
                (select list(distinct version) from marts.expiring_kpis),
                (select list(distinct version) from marts_latest.license_positions),
                (select count(*) from marts.license_positions)
        ''').fetchone()
        revision = con.execute("select git_revision from meta.publication").fetchone()[0]
    seconds = time.perf_counter() - started
    assert numbers[0] == numbers[1] == numbers[2] == [int(revision)], (numbers, revision)
    assert numbers[3] == int(sys.argv[3]), numbers
    named = json.loads((serving / "portfolio.current.json").read_text())
    assert (serving / named["kept_file"]).stat().st_size == named["bytes"], named
    print(json.dumps({"seconds": seconds, "seen": int(revision)}), flush=True)
"""


def publish_version(folder: Path, version: int) -> None:
    """Rebuild the warehouse with rows that carry the version, and publish all of it."""
    days = [FIRST + timedelta(days=number) for number in range(10)]
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute("create schema if not exists marts")
        for mart in MARTS:
            rows = ROWS if mart == "license_positions" else len(days)
            con.execute(
                f"create or replace table marts.{mart} as select date '{FIRST}' + (n % 10)::integer as as_of_date,"
                f" 'p' as partner_id, 'c' || n as customer_id, {version}::bigint as version from range({rows}) as r (n)"
            )
    request = PublicationRequest(
        warehouse=folder / "warehouse.duckdb",
        serving=folder / "serving",
        marts=MARTS,
        window=Window(days, days),
        built_days=days,
        ingestion=[],
        contract_version="1",
        git_revision=str(version),
        keep=3,
        memory_limit="500MB",
    )
    publish(request)


def looks_of(output: Path) -> list[dict[str, float]]:
    """What a reader has said so far, a line a look."""
    return [json.loads(line) for line in output.read_text().splitlines(keepends=True) if line.endswith("\n")]


def wait_until(met: Callable[[], bool], readers: list[subprocess.Popen[bytes]]) -> None:
    """Wait for what readers will see, for as long as they take, and all of them go on."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not met() and all(reader.poll() is None for reader in readers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_readers_see_one_publication_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_version(tmp_path, 0)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(tmp_path / "serving"), str(stop), str(ROWS)]
    outputs = [tmp_path / f"reader-{number}" for number in range(READERS)]
    readers = []
    try:
        for output in outputs:
            with output.open("wb") as out, output.with_suffix(".errors").open("wb") as errors:
                readers.append(subprocess.Popen(command, stdout=out, stderr=errors))
        wait_until(lambda: all(looks_of(output) for output in outputs), readers)
        for version in range(1, PUBLICATIONS + 1):
            time.sleep(SECONDS_BETWEEN)
            publish_version(tmp_path, version)
            wait_until(lambda v=version: any(looks_of(output)[-1]["seen"] == v for output in outputs), readers)  # type: ignore[misc]
        stop.touch()
        ended = [reader.wait(TIMEOUT_SECONDS) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    for code, output in zip(ended, outputs, strict=True):
        assert code == 0, output.with_suffix(".errors").read_text()
    found = [looks_of(output) for output in outputs]
    looks = [look["seconds"] for reader in found for look in reader]
    assert all(found)
    assert {look["seen"] for reader in found for look in reader} == set(range(PUBLICATIONS + 1))
    if SOAK:
        p95 = quantiles(looks, n=20)[18]
        with capsys.disabled():
            sys.stdout.write(f"\n{READERS} readers, {len(looks)} looks, p50 {median(looks):.3f} s, p95 {p95:.3f} s\n")
