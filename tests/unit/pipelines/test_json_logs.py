"""Logs as JSON: an object a line whoever writes, tracebacks included, and nothing of the data in it."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.json_logs import JsonHandler, JsonStream, copy_as_json, raised
from pipelines.runs.json_logger import CONSOLE, json_console


def objects(text):
    assert text == "" or text.endswith("\n")
    found = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(one, dict) and {"time", "level", "logger", "message"} <= set(one) for one in found)
    return found


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=10))
def test_whatever_is_written_each_line_is_an_object(pieces):
    out = io.StringIO()
    stream = JsonStream(out)
    for piece in [*pieces, "\n"]:
        stream.write(piece)
    objects(out.getvalue())


def test_lines_keep_their_level_and_lose_quoted_values_and_colours():
    out = io.StringIO()
    stream = JsonStream(out)
    stream.write("\x1b[1;31merror: \x1b[0mno user 'jane@example.com' at https://x.example/secret\nwar")
    stream.write("ning: slow\nwaiting\n\n")
    found = [(one["level"], one["message"]) for one in objects(out.getvalue())]
    assert found == [("error", "no user '…' at https://…"), ("warning", "slow"), ("info", "waiting")]
    assert not stream.isatty()


def failing(value):
    try:
        raise KeyError(value)
    except KeyError as error:
        raise ValueError(f"no date: '{value}'") from error


def test_a_traceback_is_places_and_no_values():
    with pytest.raises(ValueError, match="no date") as caught:
        failing("Jane Doe")
    told = raised(caught.value)
    assert told["type"] == "ValueError" and told["cause"]["type"] == "KeyError"
    assert told["traceback"][-1].startswith(f"{__file__}:") and told["traceback"][-1].endswith(" in failing")
    assert "Jane" not in json.dumps(told)


def test_records_of_libraries_are_lines_with_their_exception():
    out = io.StringIO()
    logger = logging.Logger("library")
    logger.addHandler(JsonHandler(out))
    try:
        failing("Jane Doe")
    except ValueError:
        logger.exception("it failed\nin two lines")
    (found,) = objects(out.getvalue())
    assert (found["level"], found["logger"], found["message"]) == ("error", "library", "it failed in two lines")
    assert found["error"]["type"] == "ValueError" and "Jane" not in out.getvalue()


@pytest.fixture
def run_logged(monkeypatch):
    """Run a job of one raw step for two days as commands do; gives the lines."""

    def run(compute, step="raw__customers"):
        out = io.StringIO()
        monkeypatch.setattr(sys, "__stderr__", out)

        @dg.op(name=step)
        def customers(context):
            compute(context)

        @dg.job(logger_defs={CONSOLE: json_console})
        def materialize():
            customers()

        tags = {"dagster/asset_partition_range_start": "2026-03-01", "dagster/asset_partition_range_end": "2026-03-02"}
        config = {"loggers": {CONSOLE: {"config": {"log_level": "INFO"}}}}
        done = materialize.execute_in_process(tags=tags, run_config=config, raise_on_error=False)
        return done.run_id, objects(out.getvalue())

    return run


def test_a_run_says_its_id_days_and_dataset(run_logged):
    run_id, found = run_logged(lambda context: context.log.warning("a.csv: 'Jane Doe' is no date"))
    assert {one["run_id"] for one in found} == {run_id}
    assert {(one["first_day"], one["last_day"]) for one in found} == {("2026-03-01", "2026-03-02")}
    events = [(one.get("event"), one.get("dataset"), one["level"]) for one in found]
    assert [event for event, *_ in events] == [
        *("PIPELINE_START", "STEP_START", None, "STEP_SUCCESS", "PIPELINE_SUCCESS"),
    ]
    assert all(dataset == "customers" for event, dataset, _ in events if event in (None, "STEP_START", "STEP_SUCCESS"))
    (said,) = [one for one in found if "event" not in one]
    assert (said["level"], said["message"]) == ("warning", "a.csv: '…' is no date")


@pytest.mark.parametrize(
    ("step", "dataset"),
    [
        ("north__raw__license_usage", "license_usage"),
        ("raw__raw__customers", "customers"),  # in a home of that name
        ("raw__serving__publication", None),
        ("draw__customers", None),
        ("warehouse", None),
    ],
)
def test_a_dataset_is_named_in_a_home_among_others_too(run_logged, step, dataset):
    _, found = run_logged(lambda context: None, step)
    assert {one.get("dataset") for one in found if one.get("step") == step} == {dataset}


def test_a_step_that_fails_says_where_and_quotes_nobody(run_logged):
    _, found = run_logged(lambda context: failing("Jane Doe"))
    (failed,) = [one for one in found if one.get("event") == "STEP_FAILURE"]
    told = failed["error"]
    while told.get("cause") and told["type"] != "ValueError":
        told = told["cause"]
    assert told["type"] == "ValueError" and any(f"{__file__}" in place for place in told["traceback"])
    assert "Jane" not in json.dumps(found)


def test_the_log_of_another_process_is_lines_too(tmp_path):
    said = b'\x1b[34mstarted\x1b[0m\n{"event": "tick"}\nTraceback (most recent call last):\n  File "x"\nend'
    copy_as_json(io.BytesIO(said), tmp_path / "log", "dagster-daemon")
    found = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert found[1] == {"event": "tick"} and len(found) == 5
    assert {one["logger"] for one in (found[0], *found[2:])} == {"dagster-daemon"}
    assert found[0]["message"] == "started"


def test_an_error_that_nobody_caught_is_one_line():
    code = (
        "from pipelines.json_logs import write_json_lines; import sys, warnings\n"
        "write_json_lines(); warnings.warn('old'); print('waiting', file=sys.stderr); {}['Jane Doe']"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root, timeout=120
    )
    old, waiting, uncaught = objects(done.stderr)
    assert done.returncode == 1 and "old" in old["message"] and waiting["message"] == "waiting"
    assert (uncaught["level"], uncaught["error"]["type"]) == ("critical", "KeyError")
    assert "Jane" not in done.stderr
