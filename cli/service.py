"""`portfolio service`: systemd units of a home folder, installed and removed; and the alert when one fails."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.errors import UsageError, UserError
from cli.screen.output import clean, reading_console
from storage.files.names import from_root

if TYPE_CHECKING:
    from pipelines.services.installing import Done
    from pipelines.services.service import Service

app = typer.Typer(help="systemd units of a home folder: web server, daemon, a nightly run, and alerts when one fails.")

User = Annotated[bool, typer.Option("--user", help="Units of your own, in ~/.config/systemd/user.")]
System = Annotated[bool, typer.Option("--system", help="Units of the system, with a user of their own.")]
Name = Annotated[str | None, typer.Option(help="Name of the instance, where there are several home folders.")]
Root = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder that stands for /, such as an image's.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Also files that were edited.")]


@app.command()
def install(
    user: User = False,
    system: System = False,
    name: Name = None,
    home: Annotated[Path | None, typer.Option(help="Home folder, from / on.")] = None,
    landing: Annotated[
        Path | None, typer.Option(help="Landing folder, from / on; in the home folder when left out.")
    ] = None,
    run_as: Annotated[
        str, typer.Option(metavar="USER", help="User that the system's units run as, and nothing else.")
    ] = "portfolio",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web server, on 127.0.0.1.")] = 3000,
    at: Annotated[str, typer.Option(metavar="HH:MM", help="When the nightly run begins, UTC.")] = "04:00",
    backup: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Back up to this folder after the nightly run.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of the backup: keep the hash key in this file.")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, metavar="N", help="Of the backup: the newest N are kept.")] = 14,
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write metrics for node_exporter's textfile collector.")
    ] = None,
    program: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The portfolio command; this one when left out.")
    ] = None,
    root: Root = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the files; write nothing.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write the units and, the first time, a file of settings; print what is to be done next. Nothing is started.

    A file that was edited is left, and the command refused, unless --overwrite is given; the settings always stay. So
    it is where optional units would be removed, fewer backups kept, or the others run as another user.
    """
    from pipelines.services.installing import install as run
    from pipelines.services.installing import planned
    from pipelines.services.service import Request, ServiceError, service_of

    request = Request(
        _scope(user, system),
        name,
        home,
        landing,
        run_as,
        port,
        at,
        backup,
        key_file,
        keep,
        metrics,
        program,
        _here(root),
    )
    try:
        service = service_of(request)
        if dry_run:
            for path, text in planned(service).items():
                typer.echo(f"# {clean(str(path))}\n{text}")
            return
        _print(run(service, overwrite=overwrite))
    except ServiceError as error:
        raise UserError(str(error)) from error
    console = reading_console(soft_wrap=True)
    console.print("next:")
    for line in _next(service):
        console.print(f"  {clean(line)}")


@app.command()
def remove(
    user: User = False, system: System = False, name: Name = None, root: Root = None, overwrite: Overwrite = False
) -> None:
    """Remove the units; stop them before. Settings, home folder and user stay."""
    from pipelines.services.installing import uninstall
    from pipelines.services.service import Request, ServiceError

    try:
        done = uninstall(Request(_scope(user, system), name, root=_here(root)), overwrite=overwrite)
    except ServiceError as error:
        raise UserError(str(error)) from error
    _print(done)
    if not done:
        reading_console(soft_wrap=True).print("there are no units of that name")


@app.command()
def failed(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit that failed, without its ending.")],
) -> None:
    """Alert that a unit failed, as of a failed run; the units' OnFailure= calls it."""
    from pipelines.services.failing import settings_of_hook, tell_failure
    from storage import clock

    settings, wrong = settings_of_hook()
    if settings.alert_webhook is None:
        reading_console(soft_wrap=True).print(
            f"PORTFOLIO_ALERT_WEBHOOK is not set: nobody is told that {clean(unit)} failed"
        )
        return
    if trouble := tell_failure(settings, unit, os.environ, wrong, clock.now()):
        raise UserError(trouble)


def _scope(user: bool, system: bool) -> Literal["user", "system"]:
    if user == system:
        raise UsageError("whose units? give one of --user and --system")
    return "user" if user else "system"


def _here(root: Path | None) -> Path | None:
    return None if root is None else from_root(root)


def _print(done: "Sequence[Done]") -> None:
    console = reading_console(soft_wrap=True)
    for one in done:
        console.print(f"{one.what}: {clean(str(one.path))}")


def _next(service: "Service") -> list[str]:
    """The commands that follow, for a shell."""
    prefix, request = service.prefix, service.request
    manage = "systemctl" if service.system else "systemctl --user"
    timers = [f"{prefix}-{name}.timer" for name in ("backup", "metrics") if getattr(request, name) is not None]
    lines = [f"systemd-sysusers {prefix}.conf", f"systemd-tmpfiles --create {prefix}.conf"] if service.system else []
    return [
        *lines,
        f"edit {shlex.quote(str(service.env_file))}: settings and secrets, such as PORTFOLIO_ALERT_WEBHOOK",
        f"{manage} daemon-reload",
        f"{manage} enable --now {' '.join([f'{prefix}-nightly.timer', *timers])}",
        f"or {manage} enable --now {prefix}-web {prefix}-daemon, and turn the schedule on in the web interface",
        *([] if service.system else ["loginctl enable-linger: they run while you are not logged in"]),
    ]
