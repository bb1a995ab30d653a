"""The logger of Dagster's runs where logs are JSON: run, days and dataset of each line, and nobody's data."""

import logging
from typing import Any

import dagster as dg

from pipelines.json_logs import JsonHandler

CONSOLE = "console"
"""The name by which runs configure their logger; it takes the place of Dagster's own."""
_TOLD = {"RUN_START", "RUN_SUCCESS", "PIPELINE_START", "PIPELINE_SUCCESS", "STEP_START", "STEP_SUCCESS"}
"""Events that Dagster logs for debugging, and that say where a run is."""


@dg.logger(config_schema={"log_level": dg.Field(str, is_required=False, default_value="INFO")})
def json_console(context: Any) -> logging.Logger:
    """A logger that writes JSON lines to standard error."""
    logger = logging.Logger("dagster.run", logging.DEBUG)
    handler = JsonHandler()
    least = logging.getLevelName(context.logger_config["log_level"])
    handler.addFilter(lambda record: record.levelno >= least or _is_told(record))
    logger.addHandler(handler)
    return logger


def _is_told(record: logging.LogRecord) -> bool:
    event = getattr(record, "dagster_event", None)
    return event is not None and event.event_type_value in _TOLD
