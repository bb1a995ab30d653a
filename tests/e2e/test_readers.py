"""Many processes read while runs publish: no error, and never rows of two publications in one look.

`PORTFOLIO_SOAK` makes it 32 readers for a minute through ten publications, and prints what a look took.
"""

import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles

import duckdb
import pytest

from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest, publish

SOAK = int(os.environ.get("PORTFOLIO_SOAK", "0"))
READERS, PUBLICATIONS, SECONDS = (32, 10, 60.0) if SOAK else (6, 5, 6.0)
MARTS = ["expiring_kpis", "license_positions", "portfolio_kpis"]
FIRST = date(2026, 1, 1)
ROWS = 20_000

# Every mart's rows carry the number of their publication, so that a mix shows.
READER = """
import json, sys, time
from pathlib import Path
import duckdb
serving, stop = Path(sys.argv[1]), float(sys.argv[2])
looks, seen = [], set()
while time.time() < stop:
    started = time.perf_counter()
    with duckdb.connect(str(serving / "portfolio.duckdb"), read_only=True) as con:
        numbers = con.execute('''
            select (select list(distinct version) from marts.portfolio_kpis),
                (select list(distinct version) from marts.expiring_kpis),
                (select list(distinct version) from marts_latest.license_positions),
                (select count(*) from marts.license_positions)
        ''').fetchone()
        revision = con.execute("select git_revision from meta.publication").fetchone()[0]
    looks.append(time.perf_counter() - started)
    assert numbers[0] == numbers[1] == numbers[2] == [int(revision)], (numbers, revision)
    assert numbers[3] == int(sys.argv[3]), numbers
    named = json.loads((serving / "portfolio.current.json").read_text())
    assert (serving / named["kept_file"]).stat().st_size == named["bytes"], named
    seen.add(int(revision))
print(json.dumps({"looks": looks, "seen": sorted(seen)}))
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


def test_readers_see_one_publication_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_version(tmp_path, 0)
    began = time.time()
    arguments = [str(tmp_path / "serving"), str(began + SECONDS), str(ROWS)]
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(READERS)
    ]
    try:
        for version in range(1, PUBLICATIONS + 1):
            time.sleep(max(0.0, began + SECONDS * version / (PUBLICATIONS + 1) - time.time()))
            publish_version(tmp_path, version)
        ended = [(reader, *reader.communicate(timeout=SECONDS + 60)) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    for reader, _, problem in ended:
        assert reader.returncode == 0, problem.decode()
    found = [json.loads(output) for _, output, _ in ended]
    looks = [look for reader in found for look in reader["looks"]]
    assert all(reader["looks"] for reader in found)
    assert len({version for reader in found for version in reader["seen"]}) >= PUBLICATIONS // 2
    if SOAK:
        p95 = quantiles(looks, n=20)[18]
        with capsys.disabled():
            sys.stdout.write(f"\n{READERS} readers, {len(looks)} looks, p50 {median(looks):.3f} s, p95 {p95:.3f} s\n")
