"""`portfolio check`: what would become of a landing folder, before anything of it is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.text import Text

from cli.errors import UsageError, UserError
from cli.output_file import check_output
from cli.screen.days import asked_day, check_order
from cli.screen.output import WIDE, clean, heading, reading_console, utf8_output
from cli.screen.whole import Column, WholeTable
from expectations.contract import DATASETS
from storage import clock
from storage.files.atomic import StorageError, replacing
from storage.files.names import from_root
from storage.files.umask import users_umask

if TYPE_CHECKING:
    from assets.landing.checking import CheckRequest
    from assets.landing.report import LandingReport
    from cli.screen.check_sections import Section
    from pipelines.settings import Settings

FORMATS = ("table", "json", "html")
REFUSED_EXIT_CODE, REMARKS_EXIT_CODE = 1, 3
_FILE_WIDTH = 160


def check(
    landing: Annotated[Path, typer.Argument(metavar="LANDING", help="Landing folder to look at.")],
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day; the first one there.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day; the last one there.")] = None,
    dataset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this dataset; may be repeated.")
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, json or html.", show_default=True)
    ] = "table",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report to a file.")] = None,
) -> None:
    """Hold a landing folder to the raw contract and every check. Nothing is loaded, nothing is kept.

    Exit code 0: clean; 3: would be loaded, with remarks; 1: something would be refused, or there is nothing; 2: not
    checked, for the folder or an option can't be used.
    """
    if file_format not in FORMATS:
        raise UsageError(f"--format {clean(file_format)!r} is none of {', '.join(FORMATS)}")
    if output is not None:
        _look_at(output)  # before minutes of checks
    report = _checked(landing, asked_day(first, "--from"), asked_day(last, "--to"), tuple(dataset or DATASETS))
    code = _exit_code(report)
    if file_format == "table":
        _print_table(report, output)
    else:
        from cli.screen.check_page import as_html, as_json

        text = as_json(report, code) if file_format == "json" else as_html(report)
        if output is None:
            utf8_output().write(text)
        else:
            with _report_file(output) as file:
                file.write(text)
    if output is not None:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"report: {output}")
    raise typer.Exit(code)


def _checked(landing: Path, first: date | None, last: date | None, datasets: tuple[str, ...]) -> "LandingReport":
    """The report, for options that make sense."""
    check_order(first, last)
    if unknown := [name for name in datasets if name not in DATASETS]:
        raise UsageError(f"there is no dataset {clean(unknown[0])!r}; there are {', '.join(DATASETS)}")
    from assets.landing.checking import check_landing
    from cli.screen.progress import ProgressBars
    from pipelines.settings import load_settings
    from sources.landing.folder import LandingError, LandingFolder

    request = check_request(load_settings(), first, last, tuple(name for name in DATASETS if name in datasets))
    with ProgressBars() as bars:
        try:
            return check_landing(LandingFolder(from_root(landing)), request, bars)
        except (LandingError, StorageError) as error:
            raise UsageError(str(error)) from error


def check_request(
    settings: "Settings",
    first: date | None = None,
    last: date | None = None,
    datasets: tuple[str, ...] = tuple(DATASETS),
) -> "CheckRequest":
    """What of a landing folder is checked, by the settings' limits."""
    from assets.landing.checking import CheckRequest
    from expectations.results import Severity

    return CheckRequest(
        newest=clock.today(),
        max_quarantined_share=settings.max_quarantined_share,
        max_quarantined_rows=settings.max_quarantined_rows,
        max_snapshot_age_days=settings.max_snapshot_age_days,
        first=first,
        last=last,
        first_date=settings.first_date,
        closed_before=settings.closed_before,
        datasets=datasets,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        limits=settings.read_limits(),
        control_severity=Severity.ERROR if settings.control_totals_block else Severity.WARN,
        thresholds=settings.anomaly_thresholds(),
    )


def _exit_code(report: "LandingReport") -> int:
    from assets.landing.report import Verdict

    return {Verdict.CLEAN: 0, Verdict.REMARKS: REMARKS_EXIT_CODE, Verdict.REFUSED: REFUSED_EXIT_CODE}[report.verdict]


def _print_table(report: "LandingReport", output: Path | None) -> None:
    if output is None:
        print_report(report, reading_console())
        return
    with _report_file(output) as file:
        print_report(report, Console(file=file, width=_FILE_WIDTH, highlight=False, markup=False, emoji=False))


def print_report(report: "LandingReport", console: Console) -> None:
    """What would become of a landing folder, section by section."""
    from cli.screen.check_sections import VERDICTS, range_of, sections

    console.print(f"landing folder {clean(str(report.landing))}, {range_of(report)}", soft_wrap=True)
    for section in sections(report):
        console.print()
        console.print(heading(section.title, section.explanation))
        if section.stacked:
            _print_stacked(section, console)
            continue
        columns = [
            Column(title, title in section.numbers, folds=title == section.columns[-1] and title not in section.numbers)
            for title in section.columns
        ]
        console.print(WholeTable(columns, section.rows, gap=1 if console.width < WIDE else 2))
        if section.left_out:
            console.print(Text(f"… and {section.left_out:,} more; --format json names them all", style="dim"))
    console.print()
    if report.first is None:
        console.print("no partition: folders such as customers/2026-03-01, with files in them, are expected")
    console.print(Text(VERDICTS[report.verdict], style="bold"), soft_wrap=True)


def _print_stacked(section: "Section", console: Console) -> None:
    for *facts, text in section.rows:
        console.print(Text("  ".join(facts)), soft_wrap=True)
        console.print(Text(f"  {text}", style="dim"), soft_wrap=True)


@contextmanager
def _report_file(output: Path) -> Iterator[TextIO]:
    """A report's file, which takes the place of an earlier one when it is whole; an error is no verdict (exit code 2).

    Raises:
        UsageError: it can't be written, or is no regular file.
    """
    _look_at(output)
    try:
        with users_umask(), replacing(output) as beside, beside.open("w", encoding="utf-8") as file:
            yield file
    except StorageError as error:
        raise UsageError(str(error)) from error


def _look_at(output: Path) -> None:
    """Whether a report's file may be written there, by `check_output`'s rules; what it refuses is wrong usage."""
    try:
        check_output(output, overwrite=True)
    except UserError as error:
        raise UsageError(str(error)) from error
