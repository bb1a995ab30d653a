"""A Spark cluster that the tests start: a master, two workers, and one server with Connect, Thrift and the catalog.

All of it is the pyspark package's, on 127.0.0.1 and on ports that the system chooses. Each Java process dies with the
tests' process, however that ends.
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS, STOP_SECONDS = 180, 30
"""Far more than a start or a stop takes: they end a hang."""
WORKERS = 2
_DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG
_MASTER = re.compile(r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
_WORKER = re.compile(r"Successfully registered with master")
_THRIFT = re.compile(r"Starting ThriftBinaryCLIService on port (\d+)")
_DEFAULTS = {
    # Two applications at a time: the server's, and the driver of a command that names the master.
    "spark.cores.max": "2",
    "spark.executor.cores": "1",
    "spark.executor.memory": "512m",
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "hive",
    # Sizes of partitions that nobody reads, each looked up when it is added.
    "spark.hadoop.hive.stats.autogather": "false",
}
_FOR_MINUTES = (
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=240m",
    "-XX:+UseSerialGC",
    "-Dderby.system.durability=test",
)
QUICK = {"JAVA_TOOL_OPTIONS": " ".join(_FOR_MINUTES)}
"""For Java processes that work for minutes on little: to make better compiled code took 40% of the server's processor
time, to sweep the small cache that Java keeps without it 28%, and nobody reads the catalog after a power cut."""
_NONE: Mapping[str, str] = {}
_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.deploy.name = org.apache.spark.deploy
logger.deploy.level = info
logger.thrift.name = org.apache.hive.service
logger.thrift.level = info
"""


@dataclass(frozen=True)
class Cluster:
    """Where the cluster is reached, and a folder that master, workers and tests see."""

    folder: Path
    master: str
    """The master's address, `spark://127.0.0.1:<port>`: for a driver of one's own."""
    remote: str
    """The Connect server's, `sc://127.0.0.1:<port>`."""
    thrift_port: int
    """Of the Thrift server, which shares the Connect server's catalog."""
    configuration: Path
    """What SPARK_CONF_DIR names for a driver of one's own: small memory, loopback, no web interface."""
    log: Path
    """The server's."""
    workers: Sequence[int]
    """Their process ids."""


@contextmanager
def started_cluster(settings: Mapping[str, str] = _NONE, java: Mapping[str, str] = _NONE) -> Iterator[Cluster]:
    """A cluster while the block runs; nothing of it is left behind.

    Args:
        settings: of Spark, over those of every cluster of the tests.
        java: variables of its Java processes, such as `QUICK`.

    Raises:
        RuntimeError: a part of it does not start; the end of its log is in the message.
    """
    # Not pytest's own folder: executors write here until they are gone.
    folder = Path(tempfile.mkdtemp(prefix="portfolio-spark-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield _start(folder, stack, settings, java)


def _start(folder: Path, stack: ExitStack, settings: Mapping[str, str], given: Mapping[str, str]) -> Cluster:
    configuration = folder / "conf"
    configuration.mkdir()
    (configuration / "log4j2.properties").write_text(_LOGGING)
    defaults = {**_DEFAULTS, "spark.local.dir": str(folder / "local"), **settings}
    (configuration / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in defaults.items()))
    environment = spark_environment(configuration) | given | {"SPARK_DAEMON_MEMORY": "256m"}

    def java(name: str, *arguments: str, **changed: str) -> "_Java":
        return stack.enter_context(_java(name, arguments, environment | changed, folder))

    at_any_port = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    master = java("master", "org.apache.spark.deploy.master.Master", *at_any_port).said(_MASTER)[1]
    room = ("--cores", "2", "--memory", "2g", "--work-dir", str(folder / "work"))
    worker = "org.apache.spark.deploy.worker.Worker"
    workers = [java(f"worker-{number}", worker, *at_any_port, *room, master) for number in range(WORKERS)]
    for process in workers:
        process.said(_WORKER)
    # Of a Thrift server this is the driver's memory.
    connect = _free_port()
    server = java("server", *_server(master, folder, connect), SPARK_DAEMON_MEMORY="1g")
    return Cluster(
        folder=folder,
        master=master,
        remote=f"sc://127.0.0.1:{connect}",
        thrift_port=int(server.said(_THRIFT)[1]),  # the last to start
        configuration=configuration,
        log=server.log,
        workers=[process.process.pid for process in workers],
    )


def spark_environment(configuration: Path) -> dict[str, str]:
    """The tests' environment for a process of Spark's: nothing that the user set for Spark is in it."""
    import pyspark

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return kept | {
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(configuration),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }


def _free_port() -> int:
    """A port for Connect, whose plugin says nothing of the one that the system would choose."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _server(master: str, folder: Path, connect: int) -> list[str]:
    """The command of the server: Thrift as Spark starts it, with Connect as a plugin, over one embedded catalog."""
    database = f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
    settings = {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(connect),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": database,
        "spark.driver.extraJavaOptions": f"-Dderby.stream.error.file={folder / 'derby.log'}",
    }
    return [
        *("org.apache.spark.deploy.SparkSubmit", "--master", master),
        *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"),
        *("--hiveconf", "hive.server2.thrift.port=0", "--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1"),
    ]


@dataclass(frozen=True)
class _Java:
    process: "subprocess.Popen[bytes]"
    log: Path

    def said(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """The first line of its log that matches, waited for.

        Raises:
            RuntimeError: the process ended, or says nothing of it.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            text = self.log.read_text(errors="replace")
            if found := pattern.search(text):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
        raise RuntimeError(f"{self.log.stem} of the Spark cluster did not start ({pattern.pattern}):\n{end}")


@contextmanager
def _java(name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[_Java]:
    """A Java process of Spark's in a process group of its own, with the executors that it starts."""
    log = folder / f"{name}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(Path(environment["SPARK_HOME"]) / "bin" / "spark-class"), *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_the_tests,
        )
    try:
        yield _Java(process, log)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, and then end all that is left of its group."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_SECONDS)


def _die_with_the_tests() -> None:
    ctypes.CDLL(None).prctl(_DIES_WITH_ITS_PARENT, signal.SIGKILL)
