"""`portfolio serve`: Dagster's web interface and daemon on a home folder."""

import os
import socket
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import UsageError, UserError
from storage.usable import refuse_unusable


class Part(StrEnum):
    """What is served where one process is to be kept by itself."""

    WEB = "web"
    DAEMON = "daemon"


def serve(
    home: Annotated[
        list[Path] | None, typer.Option(help="Home folder (PORTFOLIO_HOME); given several times, all of them.")
    ] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
    only: Annotated[Part | None, typer.Option(help="One of the two alone; what it says is not kept in a file.")] = None,
    bind: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on, such as a container's own; there is no login.")
    ] = "127.0.0.1",
) -> None:
    """Serve the web interface on 127.0.0.1, with the daemon that runs schedules, sensors and backfills.

    Ctrl-C stops both. Runs of the command line and of the web interface are in one place, `<home>/dagster`. Several
    homes share one, which their `.env` files name.
    """
    try:
        ip_address(bind)
    except ValueError:
        raise UsageError(f"--bind {bind}: is no address such as 127.0.0.1 or 0.0.0.0") from None
    from pipelines.runs.homes import settings_of_homes
    from pipelines.runs.servers import Servers, ServersError
    from pipelines.settings import load_settings

    several = home is not None and len(home) > 1
    if several and landing is not None:
        raise UsageError("--landing does not go with several homes: each names its own in its .env (PORTFOLIO_LANDING)")
    homes = settings_of_homes(home or ()) if several else []
    settings = load_settings(home=home[0] if home and not several else None, landing=landing)
    served = ", ".join(str(found.home) for found in homes or [settings])
    for found in homes or [settings]:
        refuse_unusable(found.folders)
    console = Console(soft_wrap=True, highlight=False)
    try:
        with Servers(settings, port, only.value if only else None, bind, homes) as servers:
            what = "daemon" if only is Part.DAEMON else "web interface"
            console.print(f"starting the {what} of {served} …", markup=False)
            servers.wait_until_ready()
            ready = "the daemon runs" if only is Part.DAEMON else f"http://{_authority(bind, port)} is ready"
            logs = "" if only else f" (logs: {servers.log_folder})"
            console.print(f"{ready}; Ctrl-C stops it{logs}", markup=False)
            tell_systemd("READY=1")
            servers.wait()
    except ServersError as error:
        raise UserError(str(error)) from error
    except KeyboardInterrupt:
        console.print("stopped")


def tell_systemd(state: str) -> None:
    """Tell the service manager how this process is, where one listens: it names its socket in the environment."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect("\0" + address[1:] if address.startswith("@") else address)
            notify.sendall(state.encode())


def _authority(bind: str, port: int) -> str:
    return f"[{bind}]:{port}" if ":" in bind else f"{bind}:{port}"
