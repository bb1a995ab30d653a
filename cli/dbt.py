"""`portfolio dbt`: dbt with the environment that the pipeline gives it."""

import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cli.days import last_complete_day, parse_day


def dbt(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First as-of date of the window.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last as-of date of the window.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Run dbt on the home folder's warehouse, for example `portfolio dbt compile --select license_positions`."""
    from assets.warehouse import planned_window
    from pipelines.definitions import workspace_of
    from pipelines.manifest import DBT_PROJECT, dbt_executable
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    end = parse_day(last, "--to") if last else last_complete_day()
    start = parse_day(first, "--from") if first else end
    workspace = workspace_of(settings)
    environment = {
        **workspace.dbt_environment(),
        **planned_window(workspace, start, end),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(settings.home / "dbt"),
        "DBT_LOG_PATH": str(settings.home / "dbt"),
    }
    settings.home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([str(dbt_executable()), *context.args], env=os.environ | environment, check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
