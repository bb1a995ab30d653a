"""What is left out of a dbt command is put back, and what the log is for is in it."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from dbt.compilation import Linker
from dbt.task.run import RunTask
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events import event_manager_client
from dbt_common.events.event_manager import EventManager

from assets.dbt import running
from assets.dbt.environment import environment_of
from assets.dbt.parsing import ParseError, parse_project, parsed_manifest
from storage.home import DbtFolder

ENVIRONMENT = {
    "PORTFOLIO_WAREHOUSE": ":memory:",
    "PORTFOLIO_MEMORY_LIMIT": "100MB",
    "PORTFOLIO_THREADS": "1",
    "PORTFOLIO_TEMP_DIRECTORY": "unused",
}
PROFILES = """
partner_portfolio:
  outputs:
    duckdb: {type: duckdb, path: ":memory:", schema: main, threads: 1}
  target: duckdb
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of two models, one of which fails."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text("name: small\nversion: '1.0.0'\nprofile: partner_portfolio\n")
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "good.sql").write_text("select 1 as number")
    (folder / "models" / "bad.sql").write_text("select 1 as number from nowhere")
    (folder / "macros").mkdir()
    (folder / "macros" / "told.sql").write_text(
        "{% macro told() %}{% do log(ref('good') ~ ', ' ~ graph.nodes | length) %}{% endmacro %}"
        "{% macro failing() %}{{ exceptions.raise_compiler_error('no more') }}{% endmacro %}"
    )
    return folder


@pytest.fixture(scope="module")
def parsed(project, tmp_path_factory):
    target = DbtFolder(tmp_path_factory.mktemp("parsed"))
    parse_project(project, target, ENVIRONMENT)
    return target


def replaced() -> list[object]:
    return [
        event_manager_client.get_event_manager(),
        dbtClassMixin.__dict__["validate"],
        BehaviorFlagRendered.__dict__["_default_source"],
        Linker.get_graph_summary,
        RunTask.before_run,
    ]


def run(
    project: Path, target: Path, *flags: str, manifest: object = None, seen: dict[str, str] | None = None
) -> tuple[object, list[str]]:
    """How a run of the project ended, and the models that were told of; `seen` gets the variables that dbt ran with."""
    done: list[str] = []

    def on_event(event: Any) -> None:
        if event.info.name == "NodeFinished":
            done.append(event.data.node_info.node_name)
            if seen is not None:
                seen.update(os.environ)

    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    arguments = ["run", *folders, "--log-path", str(target), "--log-level", "none", *flags]
    return running.invoke(arguments, on_event, manifest), done


def test_nodes_are_told_of_and_the_log_has_what_it_is_for(project, parsed, tmp_path):
    before = replaced()
    ended, done = run(
        project, tmp_path, "--log-level-file", "info", "--no-write-json", manifest=parsed_manifest(parsed)
    )
    assert not ended.success and sorted(done) == ["bad", "good"]
    assert replaced() == before, "dbt is as it was"
    log = (tmp_path / "dbt.log").read_text()
    assert "OK created sql view model main.good" in log and "nowhere" in log
    assert "[debug]" not in log
    assert sorted(path.name for path in tmp_path.rglob("good.sql")) == ["good.sql", "good.sql"], "compiled, and run"
    assert not (tmp_path / "manifest.json").exists()


def test_a_macro_is_rendered_before_anything_is_built(project, parsed, tmp_path):
    heard: list[str] = []

    def on_event(event: Any) -> None:
        if event.info.name == "JinjaLogDebug" and "good" in event.data.msg and "sql" not in event.data.msg:
            heard.append(event.data.msg)
        elif event.info.name == "NodeFinished":
            heard.append(event.data.node_info.node_name)

    before = replaced()
    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(tmp_path)]
    arguments = ["run", *folders, "--log-path", str(tmp_path), "--log-level", "none", "--threads", "1"]
    with running.rendering_first("told"):
        running.invoke(arguments, on_event, parsed_manifest(parsed))
    assert heard[0] == '"memory"."main"."good", 2' and sorted(heard[1:]) == ["bad", "good"]
    with running.rendering_first("failing"):
        ended = running.invoke(arguments, on_event, parsed_manifest(parsed))
    assert not ended.success and "no more" in str(ended.exception)
    assert len(heard) == 3, "nothing was built"
    assert replaced() == before, "dbt is as it was"


def test_dbt_has_the_hooks_that_are_replaced():
    assert isinstance(event_manager_client.get_event_manager(), EventManager)
    assert isinstance(BehaviorFlagRendered.__dict__["_default_source"], staticmethod)
    assert isinstance(dbtClassMixin.__dict__["validate"], classmethod)


def test_a_project_that_is_parsed_is_held_to_dbt_s_schemas(project, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "profiles.yml").write_text(PROFILES)
    (tmp_path / "dbt_project.yml").write_text(
        "name: small\nversion: '1.0.0'\nprofile: partner_portfolio\nmodel-paths: 3\n"
    )
    before = replaced()
    with pytest.raises(ParseError, match="model-paths"):
        parse_project(tmp_path, DbtFolder(tmp_path / "target"), ENVIRONMENT)
    assert replaced() == before


@pytest.mark.parametrize("content", [b"", b"\x80\x05cut off", pickle.dumps("x")[:-1], b"cnowhere\nNothing\n."])
def test_a_pickle_that_can_t_be_read_is_none(content, tmp_path):
    folder = DbtFolder(tmp_path)
    folder.pickled.write_bytes(content)
    assert parsed_manifest(folder) is None


def test_without_a_pickle_dbt_parses(project, parsed, tmp_path):
    ended, _ = run(project, tmp_path, "--no-partial-parse")
    assert sorted(one.node.name for one in ended.result.results) == ["bad", "good"]
    assert sorted(node.name for node in parsed_manifest(parsed).nodes.values()) == ["bad", "good"]


@pytest.mark.parametrize("is_read", [False, True])
def test_a_file_of_the_user_s_sets_no_variable(is_read, monkeypatch, project, parsed, tmp_path):
    """dbt would take `.env` of the current folder, and say no word of it."""
    (tmp_path / ".env").write_text("PORTFOLIO_HASH_KEY=secret\nDBT_EMPTY=true\nOF_ANOTHER_PROGRAM=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", dict(os.environ))
    if is_read:  # as it would be without: what is looked for would be seen
        monkeypatch.setattr("assets.dbt.environment._UNREAD", {})
    seen: dict[str, str] = {}
    with environment_of(ENVIRONMENT):
        run(project, tmp_path / "target", manifest=parsed_manifest(parsed), seen=seen)
    assert seen["PORTFOLIO_WAREHOUSE"] == ENVIRONMENT["PORTFOLIO_WAREHOUSE"]
    found = {"PORTFOLIO_HASH_KEY", "DBT_EMPTY", "OF_ANOTHER_PROGRAM"} & seen.keys()
    assert found == ({"PORTFOLIO_HASH_KEY", "DBT_EMPTY", "OF_ANOTHER_PROGRAM"} if is_read else set())


@pytest.mark.parametrize("hidden", [False, True])
def test_an_interrupt_is_raised(hidden, monkeypatch, project, tmp_path):
    def interrupted(*args: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:  # as dbt's reading of YAML does, which takes any error for a wrong value
            if hidden:
                raise ValueError('Field "expect" has invalid value') from error
            raise

    monkeypatch.setattr("dbt.task.build.RunTask.run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(project, tmp_path)
