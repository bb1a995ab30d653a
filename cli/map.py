"""`portfolio map`: exports as they are become landing partitions, by a declared mapping."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from cli.errors import UsageError
from cli.screen.days import asked_day, brief
from cli.screen.output import clean, reading_console, utf8_output
from sources.errors import SourceError
from storage.usable import refuse_unusable

if TYPE_CHECKING:
    from pipelines.commands.mapping import Mapped
    from pipelines.settings import Settings

app = typer.Typer(help="Make landing partitions of exports as they are, by a declared mapping.")

Found = TypeVar("Found")
MappingFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Mapping file (PORTFOLIO_MAPPING).")]
Inbox = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the exports (PORTFOLIO_INBOX).")]
Day = Annotated[
    str | None, typer.Option("--day", metavar="DATE", help="Day of the files whose feed has no `day` of its own.")
]
Landing = Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")]
Home = Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")]


@app.callback()
def mapping() -> None:
    """Make landing partitions of exports as they are, by a declared mapping."""


@app.command()
def init(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports to look at.", show_default=False)],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the mapping to a new file.")] = None,
) -> None:
    """Look at exports and write a first mapping: guessed columns with samples, and open lines to fill in.

    Exit code 0: written; 3: some files can't be read, and are named; 1: none can; 2: wrong use.
    """
    from pipelines.commands.mapping import draft
    from pipelines.settings import load_settings
    from storage.files.umask import users_umask

    if output is not None and output.exists():
        raise UsageError(f"{clean(output)} is there already; name a new file, or take it away")
    if missing := [path for path in files if not path.is_file()]:
        raise UsageError(f"{clean(missing[0])} is no file")
    text, said = draft(load_settings(), files)
    if output is None:
        utf8_output().write(text)
    else:
        with users_umask(), output.open("x", encoding="utf-8") as file:
            file.write(text)
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    for line in said:
        console.print(f"can't be read: {clean(line)}")
    if output is not None:
        console.print(f"mapping: {clean(output)}; its lines with `# open:` wait for you, then `portfolio map check`")
    raise typer.Exit(3 if said else 0)


@app.command()
def run(
    day: Day = None, mapping: MappingFile = None, inbox: Inbox = None, landing: Landing = None, home: Home = None
) -> None:
    """Deliver what is new in the inbox to landing; `portfolio materialize` does so, too, and then builds.

    Exit code 0: all of the inbox is delivered; 3: some files are left, and are named; 1: nothing is; 2: wrong use.
    """
    settings, given = _settings(mapping, inbox, landing, home), asked_day(day, "--day")
    refuse_unusable(settings.folders)
    from cli.screen.progress import ProgressBars
    from pipelines.commands.mapping import run_mapping

    with ProgressBars() as bars:
        mapped = _used(lambda: run_mapping(settings, given, bars.note))
    console = reading_console(soft_wrap=True)
    _print_came(console, mapped)
    if not mapped.came and not mapped.left:
        console.print("up to date: nothing in the inbox is new" if mapped.known else "the inbox holds no export")
    _print_left(console, mapped)
    raise typer.Exit(mapped.exit_code)


@app.command()
def check(day: Day = None, mapping: MappingFile = None, inbox: Inbox = None) -> None:
    """Map the whole inbox and write nothing: what was not understood, and what `check` says of the result.

    Exit code 0: all is mapped and would be loaded; 3: files are left, or a partition would be refused; 1: nothing is
    mapped; 2: wrong use.
    """
    settings, given = _settings(mapping, inbox, None, None), asked_day(day, "--day")
    from assets.landing.checking import check_landing
    from assets.landing.report import Verdict
    from cli.check import check_request, print_report
    from cli.screen.map_page import print_accounts
    from cli.screen.progress import ProgressBars
    from pipelines.commands.mapping import checked_mapping

    console, request = reading_console(soft_wrap=True), check_request(settings)
    with ProgressBars() as bars:
        mapped, report = _used(
            lambda: checked_mapping(settings, given, bars.note, lambda landing: check_landing(landing, request, bars))
        )
    print_accounts(console, mapped)
    _print_left(console, mapped)
    if report is None:
        console.print("nothing is mapped")
        raise typer.Exit(1)
    console.print()
    print_report(report, reading_console())
    refused = report.verdict is Verdict.REFUSED
    raise typer.Exit(3 if refused and mapped.exit_code == 0 else mapped.exit_code)


def _settings(mapping: Path | None, inbox: Path | None, landing: Path | None, home: Path | None) -> "Settings":
    """The settings; a mapping is named."""
    from pipelines.commands.mapping import require_mapping
    from pipelines.settings import SettingsError, load_settings

    try:
        settings = load_settings(home=home, landing=landing, mapping=mapping, inbox=inbox)
        require_mapping(settings)
    except SettingsError as error:
        raise UsageError(str(error)) from error
    return settings


def _used(act: Callable[[], Found]) -> Found:
    """What comes of it; a mapping or inbox that can't be used is wrong use, each error in a line of its own."""
    from sources.mapping.loading import MappingError

    try:
        return act()
    except MappingError as error:
        raise UsageError("\n".join(map(clean, error.lines))) from error
    except SourceError as error:
        raise UsageError(str(error)) from error


def _print_came(console: Console, mapped: "Mapped") -> None:
    days: dict[str, list[date]] = {}
    for one in mapped.came:
        days.setdefault(one.dataset, []).append(one.day)
    for dataset, found in days.items():
        number = len(set(found))
        console.print(f"delivered: {dataset} {brief(found)} ({number:,} day{'' if number == 1 else 's'})")
    for candidate, account in mapped.accounts:
        dropped = sum(account.dropped.values())
        name = clean(candidate.file.relative)
        told = f"{name}: {account.rows_in:,} rows in, {account.rows_out:,} out, {dropped:,} dropped"
        wrong = sum(column.count for column in account.columns.values())
        console.print(told + (f"; {wrong:,} values not understood, `portfolio map check` shows them" if wrong else ""))


def _print_left(console: Console, mapped: "Mapped") -> None:
    for name, cause in sorted(mapped.left.items()):
        console.print(f"left in the inbox: {clean(name)}: {clean(cause)}")
