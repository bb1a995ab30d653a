"""What the cluster holds: as a BI tool reads it, by Spark's Thrift server and JDBC driver, and by Connect."""

import csv
import subprocess
from io import StringIO

from .cluster import QUICK, Cluster, spark_environment

_PROMPT = "> "
"""What beeline writes before the names of the columns, quiet or not."""


def by_jdbc(cluster: Cluster, query: str, seconds: int = 300) -> list[dict[str, str]]:
    """The rows of a query as texts, by column.

    Raises:
        RuntimeError: the server refuses it.
    """
    environment = spark_environment(cluster.configuration) | QUICK
    asked = subprocess.run(
        [
            *(
                f"{environment['SPARK_HOME']}/bin/beeline",
                "-u",
                f"jdbc:hive2://127.0.0.1:{cluster.thrift_port}/default",
            ),
            *("-n", "reader", "--silent=true", "--outputformat=csv2", "--nullemptystring=true", "-e", query),
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if asked.returncode != 0:
        raise RuntimeError(asked.stderr)
    header, _, rows = asked.stdout.partition("\n")
    return list(csv.DictReader(StringIO(f"{header.rpartition(_PROMPT)[2]}\n{rows}")))


def held(cluster: Cluster, query: str) -> list[tuple[object, ...]]:
    """The rows of a query, by a Connect session of its own."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(cluster.remote).create()
    try:
        return [tuple(row) for row in session.sql(query).collect()]
    finally:
        session.stop()
