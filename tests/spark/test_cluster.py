"""The cluster that these tests run on: its two servers share a catalog, and nothing of it outlives the tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .cluster import Cluster
from .reading import by_jdbc

SECONDS = 120
ROOT = Path(__file__).parents[2]
MASTER = ("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
STARTS_A_MASTER = """
import sys, time
from pathlib import Path
from tests.spark.cluster import _java, spark_environment
folder, command = Path(sys.argv[1]), sys.argv[2:]
with _java("master", command, spark_environment(folder), folder) as master:
    print(master.process.pid, flush=True)
    time.sleep(600)
"""


def test_thrift_reads_what_connect_wrote(cluster: Cluster) -> None:
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(cluster.remote).create()
    try:
        session.sql("create schema if not exists shared")
        session.sql(
            "create or replace temporary view two as select * from values (1, 'a'), (2, null) as rows (n, text)"
        )
        session.sql("drop table if exists shared.numbers")
        session.sql("create table shared.numbers using parquet as select * from two")
        assert by_jdbc(cluster, "select n, text from shared.numbers order by n") == [
            {"n": "1", "text": "a"},
            {"n": "2", "text": ""},
        ]
    finally:
        session.sql("drop schema if exists shared cascade")
        session.stop()


def test_a_java_process_dies_with_the_tests(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_A_MASTER, tmp_path, *MASTER],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        assert tests.stdout is not None
        java = int(tests.stdout.readline())
        assert _runs(java)
        tests.send_signal(signal.SIGKILL)
        tests.wait(SECONDS)
    deadline = time.monotonic() + SECONDS
    while _runs(java):
        assert time.monotonic() < deadline, "the Java process outlives the tests"
        time.sleep(0.1)


def _runs(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False
