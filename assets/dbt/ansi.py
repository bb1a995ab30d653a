"""ANSI arithmetic on Spark: a sum beyond its type is an error, not a wrapped number, and a cast that fails no null.

As a module it is the dbt command with it: `python -m assets.dbt.ansi compile`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from assets.dbt.spark_settings import ENGINE, settings_made_once

ANSI = "spark.sql.ansi.enabled"


@contextmanager
def ansi_arithmetic() -> Iterator[None]:
    """Have dbt-spark turn it on with each statement, where it would turn it off; nothing where the engine is another.

    dbt-spark 1.11 overwrites what the profile says, and sets it anew with each statement of a session: neither the
    profile nor a statement of ours could turn it on. The project's materializations refuse to build without it.
    """
    if os.environ.get(ENGINE) != "spark":
        yield
        return
    credentials = import_module("dbt.adapters.spark.connections").SparkCredentials
    initialise = credentials.__post_init__

    def with_ansi(self: Any) -> None:
        initialise(self)
        self.server_side_parameters[ANSI] = "true"

    credentials.__post_init__ = with_ansi
    try:
        yield
    finally:
        credentials.__post_init__ = initialise


if __name__ == "__main__":
    from dbt.cli.main import cli

    with ansi_arithmetic(), settings_made_once():
        cli(sys.argv[1:])
