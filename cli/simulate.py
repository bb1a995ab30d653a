"""`portfolio simulate`: a landing folder of a believable partner."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.errors import UsageError, UserError
from cli.screen.days import parse_day
from expectations.wording import one_line
from storage.files.umask import users_umask


def simulate(
    landing: Annotated[Path, typer.Argument(metavar="DIR", help="Landing folder to write; new or empty.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day, YYYY-MM-DD.")],
    customers: Annotated[int, typer.Option(help="About how many customers are managed on any day.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed and arguments give the same files.")] = 1,
    partners: Annotated[int, typer.Option(help="Partner organisations that share the customers.")] = 1,
    seats: Annotated[
        int | None, typer.Option(help="Scale to about this many Meetings and Calling licences in all.")
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="csv, csv.gz or parquet.", show_default=True)
    ] = "csv",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into a folder that is not empty: days of the range are replaced.")
    ] = False,
    control_totals: Annotated[
        bool, typer.Option("--control-totals", help="Also write the feed that states what each day's files hold.")
    ] = False,
    events: Annotated[
        bool,
        typer.Option(
            "--events", help="With more to decide on: renewals under new numbers, cuts, projects and trials that end."
        ),
    ] = False,
    usage_from: Annotated[
        str | None, typer.Option("--usage-from", metavar="DATE", help="First day of usage; as --from when not named.")
    ] = None,
) -> None:
    """Write a simulated partner's landing folder: customers, subscriptions, licences and usage for every day."""
    from sources import simulator  # numpy and Arrow take a while to load, and other commands do without them

    first_day, last_day = parse_day(first, "--from"), parse_day(last, "--to")
    first_used = first_day if usage_from is None else parse_day(usage_from, "--usage-from")
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # in a log, all that it could leave is an empty line
    )
    try:
        with progress, users_umask():
            task = progress.add_task("Simulating", total=max((last_day - first_day).days + 1, 0))
            written = simulator.simulate(
                landing,
                first_day,
                last_day,
                customers=customers,
                seed=seed,
                partners=partners,
                seats=seats,
                file_format=file_format,
                overwrite=overwrite,
                with_control_totals=control_totals,
                with_events=events,
                usage_from=first_used,
                on_day=lambda _: progress.advance(task),
            )
    except simulator.BackwardRangeError as error:
        raise UsageError(str(error)) from error
    except simulator.SimulationError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        cause = one_line(error.strerror or error)
        raise UserError(
            f"can't write {error.filename or landing}: {cause}; put that right, then run again with --overwrite"
        ) from error
    typer.echo(
        f"{landing}: {written.days} days, {written.customers:,} customers seen, {written.usage_rows:,} usage rows, "
        f"{written.bytes_written / 1e6:,.1f} MB"
    )
