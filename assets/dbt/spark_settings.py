"""The settings of a Spark session, which dbt-spark makes anew with each statement, are made once a command."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from storage.spark.patience import give_up_soon

ENGINE = "PORTFOLIO_ENGINE"
"""The variable that profiles.yml chooses the target by."""
_STATIC = "Failed to set spark.sql.catalogImplementation"
"""What Connect's session warns of: dbt-spark asks each session for a Hive catalog, and a server's is what it is."""


@contextmanager
def settings_made_once() -> Iterator[None]:
    """Have dbt-spark's statements go to one session, configured before the first; nothing where the engine is another.

    By Connect its settings are a call to the server with each statement, and a warning on the terminal.
    """
    if os.environ.get(ENGINE) != "spark":
        yield
        return
    module = import_module("dbt.adapters.spark.session")
    cursor, execute = module.Cursor, module.Cursor.execute
    sessions: list[Any] = []

    def in_session(self: Any, sql: str, *parameters: Any) -> None:
        if not sessions:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", _STATIC)
                execute(self, sql, *parameters)
            sessions.append(module.SparkSession.builder.getOrCreate())
            if "SPARK_REMOTE" in os.environ:
                give_up_soon(sessions[0])
            return
        try:
            self._df = sessions[0].sql(sql % parameters if parameters else sql)
        except module.AnalysisException as error:
            raise module.DbtRuntimeError(str(error)) from error

    cursor.execute = in_session
    try:
        yield
    finally:
        cursor.execute = execute
