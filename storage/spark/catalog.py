"""The catalog of a driver of our own: the one that Spark's configuration names, or one embedded in the home folder."""

import fcntl
import os
import re
import struct
import time
from pathlib import Path

from storage.spark.errors import SparkError

_NAMED = re.compile(r"^\s*spark\.\S*(hive\.metastore\.uris|javax\.jdo\.option\.ConnectionURL)[\s=:]", re.MULTILINE)
_WAREHOUSE = re.compile(r"^\s*spark\.sql\.warehouse\.dir[\s=:]", re.MULTILINE)
_LOCK = struct.Struct("hhqqi")
"""What Linux's fcntl takes and gives for a lock: kind, whence, start, length, process."""


def catalog_configuration(folder: Path) -> dict[str, str]:
    """Spark's settings for its catalog, as far as its own configuration does not name one.

    Args:
        folder: for the embedded one, and for the tables' files.
    """
    named, warehouse = _configured()
    settings: dict[str, str] = {}
    if not named:
        settings["spark.hadoop.javax.jdo.option.ConnectionURL"] = (
            f"jdbc:derby:;databaseName={_database(folder)};create=true"
        )
    if not warehouse:
        settings["spark.sql.warehouse.dir"] = (folder / "warehouse").as_uri()
    return settings


def wait_for_catalog(folder: Path, wait_seconds: float) -> None:
    """Wait until no other process has the embedded catalog open: it serves one at a time.

    Raises:
        SparkError: one still has it after `wait_seconds`.
    """
    if _configured()[0]:
        return
    path = _database(folder) / "dbex.lck"
    deadline = time.monotonic() + wait_seconds
    while (holder := _holder(path)) is not None:
        if time.monotonic() > deadline:
            raise SparkError(
                f"the embedded catalog {_database(folder)} serves one process at a time, and process {holder} has it"
                " open: end that one and run again; a Connect server (SPARK_REMOTE) or a metastore serves many"
            )
        time.sleep(0.2)


def keeps_all_at_home() -> bool:
    """Whether a driver's catalog and tables are in the home folder: Spark's configuration names no other place."""
    return not any(_configured())


def _database(folder: Path) -> Path:
    return folder / "metastore"


def _configured() -> tuple[bool, bool]:
    """Whether SPARK_CONF_DIR, or `conf` in SPARK_HOME, names a metastore, and a folder for tables."""
    home = os.environ.get("SPARK_HOME")
    named = os.environ.get("SPARK_CONF_DIR") or (str(Path(home) / "conf") if home else "")
    if not named:
        return False, False
    folder = Path(named)
    defaults = folder / "spark-defaults.conf"
    text = defaults.read_text(encoding="utf-8", errors="replace") if defaults.is_file() else ""
    return (folder / "hive-site.xml").is_file() or bool(_NAMED.search(text)), bool(_WAREHOUSE.search(text))


def _holder(path: Path) -> int | None:
    """The process that has Derby's lock on its files; None where there is none."""
    try:
        with path.open("rb") as file:
            asked = _LOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
            kind, _, _, _, process = _LOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked)[: _LOCK.size])
    except OSError:
        return None
    return None if kind == fcntl.F_UNLCK else process
