"""The one Spark session of this process, which dbt joins: by Connect, or with a driver of its own."""

import os
import shlex
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from storage.files.atomic import storage_errors
from storage.spark.catalog import catalog_configuration, wait_for_catalog
from storage.spark.errors import SparkError, spark_reason
from storage.spark.patience import give_up_soon
from storage.spark.place import SparkPlace

WAIT_SECONDS = 30.0
"""For another process to let go of the embedded catalog, such as the Java process of a run that was killed."""
_OF_PANDAS = "PySpark does not yet fully support pandas"
"""A warning that would stand among the command's own lines; pandas is not what reads here."""
_CONNECT_MODE = ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED")
_STATEMENTS = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}
"""As in dbt's profile."""


@contextmanager
def open_session(place: SparkPlace, folder: Path) -> Iterator[Any]:
    """A session while the block runs; its cluster's executors and its catalog are free again afterwards.

    Args:
        folder: for the log of a driver, and its embedded catalog.

    Raises:
        SparkError: there is no session to be had.
    """
    warnings.filterwarnings("ignore", _OF_PANDAS, FutureWarning)
    with ExitStack() as stack:
        try:
            session = stack.enter_context(_by_connect(place) if place.remote else _by_driver(place, folder))
            for name, value in _STATEMENTS.items():
                session.conf.set(name, value)
            session.sql(f"create schema if not exists {place.schema}")
        except SparkError:
            raise
        except Exception as error:  # of Java, of gRPC, of pyspark
            raise SparkError(f"Spark can't be used: {spark_reason(error)}{_see(place, folder)}") from error
        yield session


def submit_arguments(place: SparkPlace, folder: Path) -> str:
    """What PYSPARK_SUBMIT_ARGS has to be for another process to make the same session."""
    configuration = _configuration(place, folder)
    parts = [part for name, value in configuration.items() for part in ("--conf", f"{name}={value}")]
    return shlex.join([*parts, "pyspark-shell"])


def python_warnings() -> str:
    """What PYTHONWARNINGS has to be for another process not to warn of it, either: the user's wishes, and ours."""
    return ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), f"ignore:{_OF_PANDAS}:FutureWarning")))


def log_of(folder: Path) -> Path:
    """The log of the driver's Java process."""
    return folder / "driver.log"


def _see(place: SparkPlace, folder: Path) -> str:
    return "" if place.remote else f" (its log: {log_of(folder)})"


@contextmanager
def _by_connect(place: SparkPlace) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    before = {name: os.environ.get(name) for name in _CONNECT_MODE}
    assert place.remote is not None  # noqa: S101  whoever calls asked
    os.environ["SPARK_REMOTE"] = place.remote  # dbt asks for the session without naming it
    try:
        session = SparkSession.builder.getOrCreate()
        give_up_soon(session)
        try:
            yield session
        finally:
            session.stop()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _by_driver(place: SparkPlace, folder: Path) -> Iterator[Any]:
    """A driver in a Java process of its own, whose output is in a log: it would write into the command's."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        log = log_of(folder).open("wb")
    wait_for_catalog(folder, WAIT_SECONDS)
    configuration = SparkConf(loadDefaults=False).setAll(list(_configuration(place, folder).items()))
    with log:
        gateway = launch_gateway(configuration, {"stdout": log, "stderr": log})
    try:
        SparkContext(conf=configuration, gateway=gateway)
        session = SparkSession.builder.enableHiveSupport().getOrCreate()
        try:
            yield session
        finally:
            session.stop()
    finally:
        _end(gateway)


def _end(gateway: Any) -> None:
    """End the Java process, with which it lets go of the embedded catalog, and have pyspark forget it."""
    from pyspark import SparkContext

    gateway.shutdown()
    if gateway.proc is not None:
        gateway.proc.stdin.close()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


def _configuration(place: SparkPlace, folder: Path) -> dict[str, str]:
    derby = f'"-Dderby.stream.error.file={folder / "derby.log"}"'
    return {
        "spark.master": place.master or "",
        "spark.app.name": f"portfolio {place.schema}",
        "spark.sql.catalogImplementation": "hive",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.hadoop.hive.stats.autogather": "false",  # sizes of partitions that nobody reads
        "spark.driver.defaultJavaOptions": derby,  # beside the user's own
        **_STATEMENTS,
        **catalog_configuration(folder),
    }
