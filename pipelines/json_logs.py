"""`PORTFOLIO_LOG=json`: what goes to standard error is one JSON object a line, whoever writes it.

Messages are without what tools quote, as in alerts, and a traceback is places in code without values: who reads logs is
not who may read the data.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, TextIO

from pipelines.discreet import discreet

_LEVEL = re.compile(r"(error|warning): ")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RAW_STEP = re.compile(r"(?:.*__)?raw__((?:(?!__).)+)")
"""The step that reads a dataset; the name of one home among several comes before it."""
_PROGRAM = "portfolio"


def line_of(level: str, logger: str, message: str, facts: Mapping[str, Any] | None = None) -> str:
    """A line of the log: time (UTC), level, who says it, what, and facts that are known of it."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    said = {"time": f"{now}Z", "level": level, "logger": logger, "message": discreet(message)}
    return json.dumps(said | {name: value for name, value in (facts or {}).items() if value is not None}) + "\n"


def raised(error: BaseException) -> dict[str, Any]:
    """An exception: its type, its message, where it was raised, and what caused it."""
    places = [f"{place.filename}:{place.lineno} in {place.name}" for place in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    told: dict[str, Any] = {"type": type(error).__name__, "message": discreet(str(error)), "traceback": places}
    return told | ({"cause": raised(cause)} if cause is not None else {})


class JsonStream:
    """Stands for standard error: each line that is written to it is written as a line of the log."""

    def __init__(self, stream: TextIO, logger: str = _PROGRAM) -> None:
        self._stream = stream
        self._logger = logger
        self._begun = ""

    def write(self, text: str) -> int:
        """Take text; what has no line end yet waits for it."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self.say(line)
        return len(text)

    def say(self, line: str) -> None:
        """Write one line; what is JSON already stays as it is."""
        line = _COLOURS.sub("", line).strip()
        if not line:
            return
        if _is_object(line):
            self._stream.write(line + "\n")
        else:
            found = _LEVEL.match(line)
            level, message = (found[1], line[found.end() :]) if found else ("info", line)
            self._stream.write(line_of(level, self._logger, message))
        self._stream.flush()

    def flush(self) -> None:
        """As always."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Nobody watches: no colours, no bars."""
        return False

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self._stream, name)


def copy_as_json(source: BinaryIO, path: Path, logger: str) -> None:
    """Write what another process says to a file, as such lines, until it has ended."""
    with path.open("w", encoding="utf-8") as file:
        stream = JsonStream(file, logger)
        for line in source:
            stream.say(line.decode(errors="replace"))


def say_as_json(source: BinaryIO, logger: str) -> None:
    """The same, on this process's standard error."""
    if sys.__stderr__ is not None:
        stream = JsonStream(sys.__stderr__, logger)
        for line in source:
            stream.say(line.decode(errors="replace"))


class JsonHandler(logging.Handler):
    """Writes log records as such lines, those of Dagster's runs with run, days and dataset."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's line."""
        stream = self._stream or sys.__stderr__
        if stream is None:
            return
        error = record.exc_info[1] if record.exc_info else None
        facts = _facts_of_run(record) | ({"error": raised(error)} if error is not None else {})
        meta = getattr(record, "dagster_meta", None)
        level, message = record.levelname.lower(), meta["orig_message"] if meta else record.getMessage()
        if record.levelno <= logging.DEBUG and "event" in facts:  # Dagster's words for where a run is quote names
            level, message = "info", " ".join(filter(None, (facts["event"].lower().replace("_", " "), facts["step"])))
        stream.write(line_of(level, record.name, message, facts))
        stream.flush()


def write_json_lines() -> None:
    """From now on this process writes its log as JSON, the traceback of an error that nobody caught included."""
    if isinstance(sys.stderr, JsonStream) or sys.__stderr__ is None:
        return
    sys.stderr = JsonStream(sys.__stderr__)
    sys.excepthook = _say_uncaught
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers[:] = [JsonHandler()]
    root.setLevel(logging.WARNING)


def _say_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.__stderr__ is not None:
        message = f"{kind.__name__}: {error}"
        sys.__stderr__.write(line_of("critical", _PROGRAM, message, {"error": raised(error)}))


def _facts_of_run(record: logging.LogRecord) -> dict[str, Any]:
    """Run, days and dataset of what a run of Dagster's logs; nothing of other records."""
    meta = getattr(record, "dagster_meta", None)
    if not meta:
        return {}
    tags, step, event = meta.get("job_tags") or {}, meta.get("step_key"), meta.get("dagster_event")
    facts: dict[str, Any] = {
        "run_id": meta.get("run_id"),
        "first_day": tags.get("dagster/asset_partition_range_start") or tags.get("dagster/partition"),
        "last_day": tags.get("dagster/asset_partition_range_end") or tags.get("dagster/partition"),
        "dataset": read[1] if (read := _RAW_STEP.fullmatch(step or "")) else None,
        "step": step,
        "event": event.event_type_value if event is not None else None,
    }
    failure = getattr(event.event_specific_data, "error", None) if event is not None else None
    if failure is not None:
        facts["error"] = _failure(failure)
    return facts


def _failure(error: Any) -> dict[str, Any]:
    """An error as Dagster keeps it: the places of its traceback, without the lines of code."""
    places = [line.strip().splitlines()[0] for line in error.stack if line.strip()]
    told: dict[str, Any] = {"type": error.cls_name, "message": discreet(error.message), "traceback": places}
    return told | ({"cause": _failure(error.cause)} if error.cause is not None else {})


def message_in(line: str) -> str:
    """The message of a line of a log, which may be text."""
    return str(json.loads(line).get("message", line)) if _is_object(line) else line


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
