"""dbt's project as the pipeline runs it, and the SQL that a build ran."""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.project import dbt_project
from pipelines.rules import rules_in_force
from pipelines.settings import Settings
from sources.readers.limits import MEMORY_LIMIT

PROJECT = dbt_project()


@dataclass(frozen=True)
class BuiltModel:
    """A model of a finished build: where it went, the statement, and dbt's own seconds for it."""

    relation: str
    is_view: bool
    sql: str
    seconds: float


def dbt_environment(work: Path, first: date, last: date) -> dict[str, str]:
    """What profile and models read, for the as-of days first..last."""
    work.mkdir(parents=True, exist_ok=True)
    return rules_in_force(Settings()).environment() | {
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work),
        "PORTFOLIO_WAREHOUSE": str(work / "warehouse.duckdb"),
        "PORTFOLIO_MEMORY_LIMIT": MEMORY_LIMIT,
        "PORTFOLIO_THREADS": str(os.cpu_count()),
        "PORTFOLIO_TEMP_DIRECTORY": str(work / "tmp"),
        "PORTFOLIO_WINDOW_START": str(first),
        "PORTFOLIO_WINDOW_END": str(last),
        "PORTFOLIO_BLOCKED_DAYS": "",
    }


def last_build(home: Path) -> list[BuiltModel]:
    """The models of the home's newest build, in the order in which dbt ran them."""
    target = max((home / "dbt" / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime)
    nodes = json.loads((home / "dbt" / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    return [
        BuiltModel(
            result["relation_name"],
            nodes[result["unique_id"]]["config"]["materialized"] == "view",
            result["compiled_code"],
            result["execution_time"],
        )
        for result in results
        if result["unique_id"].startswith("model.")
    ]
