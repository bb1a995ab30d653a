"""Who competes: how each is prepared, untimed, and started, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from contracts.marts import read_marts
from contracts.project import dbt_project

from . import microbatch, plain_sql, sqlmesh_project
from .dbt_project import dbt
from .job import COMPARED_MARTS, Job

POLARS = "polars==2.1.0"
SQLMESH = "sqlmesh==0.236.4"
ALL_MARTS, CORE_MARTS = len(read_marts()), len(COMPARED_MARTS)


@dataclass(frozen=True)
class Contender:
    """One way to make the marts.

    `prepare` returns the command of the timed process, but for the interpreter's path where it needs its own.
    """

    key: str
    name: str
    marts: int
    prepare: Callable[[Job], list[str]]
    by_batches: bool = False
    """Takes so long a day that a long range is extrapolated from a short one."""


def virtualenv(folder: Path, *packages: str) -> str:
    """Make a virtualenv with packages, once; return its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
    return str(python)


def _module(name: str, job: Job, *arguments: str, python: str = sys.executable) -> list[str]:
    return [python, "-m", f"bench.rivals.{name}", str(job.folder / "job.json"), *arguments]


def _ours(job: Job) -> list[str]:
    dbt(job, ["parse"])
    return _module("ours", job)


def _models_alone(job: Job) -> list[str]:
    dbt(job, ["parse"])
    return _module("ours", job, str(dbt_project()))


def _plain_sql(job: Job, core_alone: bool = False) -> list[str]:
    plain_sql.prepare(job, core_alone)
    return _module("plain_sql", job)


def _microbatch(job: Job) -> list[str]:
    return _module("ours", job, *microbatch.prepare(job))


def _polars(job: Job) -> list[str]:
    return _module("polars_marts", job, python=virtualenv(job.folder.parent / "polars_env", POLARS))


def _pandas(job: Job) -> list[str]:
    return _module("pandas_marts", job)


def _sqlmesh(job: Job) -> list[str]:
    sqlmesh_project.prepare(job)
    same_duckdb = f"duckdb=={version('duckdb')}"
    return _module("sqlmesh_run", job, python=virtualenv(job.folder.parent / "sqlmesh_env", SQLMESH, same_duckdb))


CONTENDERS = (
    Contender("ours", "ours: dbt build with all checks", ALL_MARTS, _ours),
    Contender("models", "ours: models alone, no checks", ALL_MARTS, _models_alone),
    Contender("sql", "our SQL in plain DuckDB", ALL_MARTS, _plain_sql),
    Contender("core_sql", "our SQL in plain DuckDB", CORE_MARTS, lambda job: _plain_sql(job, core_alone=True)),
    Contender("polars", f"Polars {POLARS.split('==')[1]}, lazy and streaming", CORE_MARTS, _polars),
    Contender("pandas", f"pandas {version('pandas')} and NumPy", CORE_MARTS, _pandas),
    Contender("sqlmesh", f"SQLMesh {SQLMESH.split('==')[1]}, one batch", ALL_MARTS, _sqlmesh),
    Contender("microbatch", "dbt microbatch, a batch a day", ALL_MARTS, _microbatch, by_batches=True),
)


def environment(job: Job) -> dict[str, str]:
    """The timed process's environment: the job's settings, and telemetry off for all."""
    off = {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    return os.environ | job.environment | off | {"SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "1"}
