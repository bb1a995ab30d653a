"""A Connect server that is gone, or goes: an error of one line, and an end within seconds."""

import socket
import subprocess
import sys
from pathlib import Path

GUARD_SECONDS = 120
"""pyspark itself tries for ten minutes, and as long again when Python ends."""
OPENS = """
import sys
from pathlib import Path
from storage.spark.errors import SparkError
from storage.spark.place import SparkPlace
from storage.spark.session import open_session
try:
    with open_session(SparkPlace("marts", remote=sys.argv[1]), Path(sys.argv[2])):
        pass
except SparkError as error:
    sys.exit(str(error))
"""


def test_a_server_that_is_gone_is_an_error_of_one_line_within_seconds(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", OPENS, f"sc://127.0.0.1:{port}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD_SECONDS, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Spark can't be used: ")
