"""Whether every process of the cluster sees the lake's folder: what a worker does not see, it can't read."""

import secrets
import shutil
from pathlib import Path
from typing import Any

from storage.files.atomic import storage_errors
from storage.spark.errors import SparkError, spark_reason

_FILES = 32
"""As many small tasks as reach each worker of a usual cluster; Spark says of none where it has to run."""
_NAME = "spark-probe-"
_A_FILE_A_TASK = ("spark.sql.files.openCostInBytes", str(128 * 2**20))
"""Otherwise Spark puts small files together into one task."""


def check_shared(session: Any, folder: Path) -> None:
    """Have the cluster read files that were made in a folder just now.

    Raises:
        SparkError: server or workers do not see them.
    """
    probe = folder / f"{_NAME}{secrets.token_hex(8)}"
    words = {secrets.token_hex(8) for _ in range(_FILES)}
    try:
        with storage_errors(probe):
            for left in folder.glob(f"{_NAME}*"):  # by a process that was killed
                shutil.rmtree(left, ignore_errors=True)
            probe.mkdir(parents=True)
            for number, word in enumerate(sorted(words)):
                (probe / f"{number}.txt").write_text(word, encoding="utf-8")
        session.conf.set(*_A_FILE_A_TASK)
        found = {row[0] for row in session.read.text(f"file:{probe}").collect()}
    except SparkError:
        raise
    except Exception as error:  # of Java, of gRPC, of pyspark
        raise _unseen(folder, spark_reason(error)) from error
    finally:
        session.conf.unset(_A_FILE_A_TASK[0])
        shutil.rmtree(probe, ignore_errors=True)
    if found != words:
        raise _unseen(folder, f"{len(found & words)} of {_FILES} files just made in it were found")


def _unseen(folder: Path, reason: str) -> SparkError:
    return SparkError(
        f"Spark's server and workers do not all see {folder}: put PORTFOLIO_HOME on a path that all of them share"
        f" ({reason})"
    )
