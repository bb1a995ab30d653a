"""dbt for the contenders that are made of it: parsing and compiling beforehand, running in the timed process."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.project import dbt_project
from pipelines.manifest import dbt_executable

from .job import COMPARED_MARTS, Job

OFF = {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
CORE = ["--select", *(f"+{mart}" for mart in COMPARED_MARTS)]


@dataclass(frozen=True)
class CompiledModel:
    """A model's SQL for the job's window, with the relations as dbt names them."""

    name: str
    schema: str
    materialized: str
    depends_on: tuple[str, ...]
    sql: str


def folders(job: Job, project: Path | None = None) -> list[str]:
    """dbt's arguments that say where things are; ours is the project where none is named."""
    project = project or dbt_project()
    target = str(job.folder / "target")
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", target]
    return [*where, "--log-path", target, "--log-level-file", "info", "--quiet", "--no-use-colors"]


def dbt(job: Job, command: Sequence[str], project: Path | None = None) -> None:
    """Run a dbt command in a process of its own.

    Raises:
        SystemExit: it failed, with what it said.
    """
    ran = subprocess.run(
        [str(dbt_executable()), *command, *folders(job, project)],
        env=os.environ | job.environment | OFF,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(f"dbt {command[0]} failed in {project}: {(ran.stdout + ran.stderr)[-2000:]}")


def compiled_models(job: Job, select: Sequence[str] = ()) -> list[CompiledModel]:
    """The models' compiled SQL, each after those that it reads; the whole project's, or a selection's."""
    dbt(job, ["compile", *select])
    target = job.folder / "target"
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    waiting = {
        key: node for key, node in nodes.items() if node["resource_type"] == "model" and node.get("compiled_code")
    }
    ordered: list[CompiledModel] = []
    while waiting:
        ready = [key for key, node in waiting.items() if not waiting.keys() & set(node["depends_on"]["nodes"])]
        ordered += [_compiled(waiting.pop(key)) for key in sorted(ready)]
    return ordered


def _compiled(node: dict[str, Any]) -> CompiledModel:
    return CompiledModel(
        name=node["name"],
        schema=node["schema"],
        materialized=node["config"]["materialized"],
        depends_on=tuple(key.rsplit(".", 1)[-1] for key in node["depends_on"]["nodes"]),
        sql=node["compiled_code"],
    )
