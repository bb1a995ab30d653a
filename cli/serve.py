"""`portfolio serve`: Dagster's web interface and daemon on a home folder."""

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import UserError


def serve(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Serve the web interface on 127.0.0.1, with the daemon that runs schedules, sensors and backfills.

    Ctrl-C stops both. Runs of the command line and of the web interface are in one place, `<home>/dagster`.
    """
    from pipelines.runs.servers import Servers, ServersError
    from pipelines.settings import load_settings

    settings = load_settings(home=home, landing=landing)
    console = Console(soft_wrap=True, highlight=False)
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)
    try:
        with Servers(settings, port) as servers:
            console.print(f"starting the web interface of {settings.home} …", markup=False)
            servers.wait_until_ready()
            console.print(
                f"http://127.0.0.1:{port} is ready; Ctrl-C stops it (logs: {servers.log_folder})", markup=False
            )
            servers.wait()
    except ServersError as error:
        raise UserError(str(error)) from error
    except KeyboardInterrupt:
        console.print("stopped")


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
