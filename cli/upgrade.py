"""`portfolio upgrade`: a home folder of an earlier version becomes one of this version."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.alerts import alerting
from cli.errors import UsageError, UserError
from cli.ingested import check_ingested
from cli.materialize import BLOCKED_EXIT_CODE, report_materialization
from cli.screen.causes import by_cause
from cli.screen.days import brief
from cli.screen.durations import about
from cli.screen.output import clean, reading_console, written
from contracts.version import program_version
from storage import versions

if TYPE_CHECKING:
    from pipelines.commands.upgrading import UpgradePlan
    from pipelines.settings import Settings


def upgrade(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would be migrated and built, and how long; change nothing.")
    ] = False,
    backup: Annotated[
        Path | None, typer.Option("--backup", metavar="DIR", help="Back up to this folder of backups first.")
    ] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="There is a backup already.")] = False,
) -> None:
    """Upgrade the home folder of an earlier version: its schemas are migrated, then the days that came out otherwise
    by that version are built again.

    Going back is restoring, so it asks for a backup. Cut off, the same command does the rest.
    Exit code 0: done, or up to date; 3: done without blocked days; 1: it failed, and nothing is lost.
    """
    from pipelines.commands.upgrading import plan_upgrade
    from pipelines.settings import load_settings

    if check and (backup is not None or no_backup):
        raise UsageError("--check changes nothing, and needs no backup: leave --backup and --no-backup out")
    if backup is not None and no_backup:
        raise UsageError("--backup and --no-backup exclude each other: give one")
    settings = load_settings(home=home, landing=landing)
    check_ingested(settings)
    plan = plan_upgrade(settings)
    if check or plan.is_done:
        _print(_lines(plan))
        if not check:
            _refuse_unknown(plan)
        return
    if backup is None and not no_backup:
        raise UsageError(
            "going back is restoring a backup: name a folder for one with --backup DIR, or say --no-backup if you have"
            " one; --check says what would be done"
        )
    _run(settings, plan, backup)


def _run(settings: "Settings", plan: "UpgradePlan", backup: Path | None) -> None:
    from cli.screen.progress import ProgressBars
    from pipelines.commands.backup import BackupRequest, back_up
    from pipelines.commands.upgrading import upgrade as run

    with alerting(settings):
        with ProgressBars() as progress:
            if backup is not None:
                report = back_up(settings, BackupRequest(backup), progress)
                _print([*report.notes, f"backed up: {report.written.path}", report.key])
            result = run(settings, plan, progress)
        report_materialization(result, settings.folders)
        if result.failure:
            raise UserError(result.failure)
        if result.postgres_failure:
            raise UserError(f"PostgreSQL has not got what is published: {result.postgres_failure}")
        if not plan.stale:  # building them would have published to it
            _refuse_unknown(plan)
        _print([f"upgraded: {settings.home} is of {program_version()}"])
    if result.build.blocked:
        raise typer.Exit(BLOCKED_EXIT_CODE)


def _refuse_unknown(plan: "UpgradePlan") -> None:
    """Raise `UserError` where the database could not be asked: whether it is up to date, nobody knows."""
    if plan.postgres_trouble:
        raise UserError(f"PostgreSQL may be of an earlier version: {plan.postgres_trouble}; run the same command again")


def _lines(plan: "UpgradePlan") -> Iterator[str]:
    """What would be done, and what the rest is of."""
    for one in plan.databases:
        yield f"{one.path.name}: {_change(one.found, one.schema.version)}"
    for name, version in versions.FILES.items():
        yield f"{name}: schema {version}"
    for part in plan.dagster:
        yield f"Dagster's storage of {part.part}: {_change(part.found, part.wanted, 'revision')}"
    if plan.postgres is not None:
        yield f"PostgreSQL: {_change(plan.postgres, versions.POSTGRES)}"
    if plan.postgres_trouble:
        yield f"PostgreSQL: not known: {plan.postgres_trouble}"
    for cause, days in by_cause(plan.stale):
        yield f"would be built again: {brief(days)} ({written(len(days))} days): {cause}"
    if plan.closed:
        yield f"closed: {brief(plan.closed)}; `portfolio materialize --stale --reopen` builds them again"
    if plan.partitions:
        yield f"would be read again: {written(plan.partitions)} landing partitions"
    if plan.stale:
        yield _duration(plan)
    if not plan.is_done:
        yield "`portfolio upgrade --backup DIR` does it; going back is restoring that backup"
    elif not plan.postgres_trouble:
        yield f"up to date: nothing here is older than {program_version()}"


def _change(found: object, wanted: object, what: str = "schema") -> str:
    return f"{what} {found}" if found == wanted else f"{what} {found} -> {wanted}"


def _duration(plan: "UpgradePlan") -> str:
    measured, seconds = plan.measured, plan.seconds
    if measured is None or seconds is None:
        return "time: not known, since no build of this home folder was measured"
    built = f"{written(measured.days)} day{'' if measured.days == 1 else 's'} in {about(measured.seconds)}"
    more = "; what is read again comes on top" if plan.partitions else ""
    return f"time: about {about(seconds)}, at the pace of an earlier build ({built}){more}"


def _print(lines: "Iterator[str] | list[str]") -> None:
    console = reading_console(soft_wrap=True)
    for line in lines:
        console.print(clean(line), markup=False)
