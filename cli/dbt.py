"""`portfolio dbt`: dbt with the environment that the pipeline gives it."""

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cli.screen.days import check_order, parse_day
from storage import clock
from storage.usable import refuse_unusable


def dbt(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First as-of date of the window.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last as-of date of the window.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Run dbt on the home folder's warehouse, for example `portfolio dbt compile --select license_positions`."""
    from assets.dbt.environment import child_environment
    from assets.dbt.window import planned_window
    from pipelines.definitions import workspace_of
    from pipelines.manifest import dbt_command, dbt_folders
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    start, end = parse_day(first, "--from") if first else None, parse_day(last, "--to") if last else None
    check_order(start, end)
    end = end or max(start or clock.last_complete_day(), clock.last_complete_day())
    start = start or end
    workspace = workspace_of(settings)
    environment = {
        **workspace.dbt_environment(),
        **planned_window(workspace, start, end),
        **dbt_folders(workspace.parsed),
    }
    workspace.engine.check()
    workspace.engine.wait_for_others()
    settings.home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603
        [*dbt_command(workspace.engine.name), *context.args], env=child_environment(environment), check=False
    )
    raise typer.Exit(done.returncode)
