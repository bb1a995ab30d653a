"""Where Spark is, and what of it is at hand: packages, Java, a server that answers."""

import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from storage.spark.errors import SparkError

OLDEST_JAVA = 17
CONNECT_PORT = 15002
"""Of a Connect server whose address names none."""
_INSTALL = "install partner-portfolio[spark] from its wheel, or in a checkout make setup-spark"
_PACKAGES = ("pyspark", "dbt.adapters.spark")
_CONNECT_PACKAGES = ("grpc", "google.rpc", "zstandard")
_ANSWER_SECONDS = 10
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True)
class SparkPlace:
    """A Connect server, or a master for a driver in this process; and the marts' schema in its catalog."""

    schema: str
    remote: str | None = field(default=None, repr=False)
    """Address of a Connect server, which may hold a token."""
    master: str | None = None
    """Address of a master."""

    def check_installed(self) -> None:
        """See whether packages, and Java where it runs here, are on this machine.

        Raises:
            SparkError: one is missing.
        """
        _check_packages([*_PACKAGES, *(_CONNECT_PACKAGES if self.remote else ())])
        if self.remote is None:
            _check_java()

    def check(self) -> None:
        """See whether all that it takes is at hand.

        Raises:
            SparkError: a package or Java is missing, or nothing answers at the address.
        """
        self.check_installed()
        if self.remote is not None:
            parts = urlsplit(self.remote)
            _check_answers([(parts.hostname or "", parts.port or CONNECT_PORT)], "SPARK_REMOTE", "Connect server")
            return
        if (master := self.master or "").startswith("spark://"):
            hosts = [urlsplit(f"spark://{one}") for one in master.removeprefix("spark://").split(",")]
            _check_answers([(one.hostname or "", one.port or 0) for one in hosts], "PORTFOLIO_SPARK_MASTER", "master")


def _check_packages(names: list[str]) -> None:
    for name in names:
        try:
            found = find_spec(name) is not None
        except ModuleNotFoundError:  # of the package that it is in
            found = False
        if not found:
            raise SparkError(f"PORTFOLIO_ENGINE=spark needs the Python package {name.partition('.')[0]}: {_INSTALL}")


def _check_java() -> None:
    remedy = f"install Java {OLDEST_JAVA} (apt install openjdk-17-jre-headless), or name a Connect server, SPARK_REMOTE"
    home = os.environ.get("JAVA_HOME")
    java = Path(home) / "bin" / "java" if home else shutil.which("java")
    try:
        if java is None:
            raise FileNotFoundError
        said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        where = f" in JAVA_HOME={home}" if home else ""
        raise SparkError(f"Spark's driver needs Java, and there is none{where}: {remedy}") from None
    version = _JAVA_VERSION.search(said.stderr + said.stdout)
    if version is not None and int(version[1]) < OLDEST_JAVA:
        raise SparkError(f"Spark's driver needs Java {OLDEST_JAVA} or newer, {java} is {version[1]}: {remedy}")


def _check_answers(hosts: list[tuple[str, int]], variable: str, what: str) -> None:
    """One of the hosts answers; Spark itself would try for minutes."""
    reason = ""
    for host, port in hosts:
        try:
            socket.create_connection((host, port), _ANSWER_SECONDS).close()
        except OSError as error:
            reason = f"{host}:{port}: {error.strerror or error}"
        else:
            return
    raise SparkError(f"no {what} of Spark's answers at {reason}: start it, or correct {variable}")
