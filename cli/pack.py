"""`portfolio pack`: one customer's figures as a document to take into a review."""

import hashlib
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UsageError, UserError
from cli.output_file import check_output
from cli.screen.confidential import named, withholding
from cli.screen.customers import the_customer
from cli.screen.days import asked_day, brief
from cli.screen.output import clean
from cli.screen.published import check_partner
from expectations.wording import LONGEST_NAME, shortened
from storage.files.atomic import replacing
from storage.files.umask import users_umask
from storage.reading.opening import NothingPublishedError, PublishedMarts, open_publication
from storage.usable import refuse_unusable

FORMATS = ("pdf", "html", "xlsx")
STANDARD_OUTPUT = Path("-")
_NOT_IN_FILES = re.compile(r"[^\w.-]|^[.-]+")
_MOST_BYTES = 120
"""Of an id in a name: file systems take 255, and the file is written under a longer one first."""
_MOST_LETTERS = 12


def pack(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="A customer's id, or a part of its name.")],
    file_format: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS)}.")] = "pdf",
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As-of date; the newest.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="ID", help="The customer's partner organisation.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write, - for standard output; CUSTOMER_ID.FORMAT.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Write what to take into a customer's review: licences and use, dates, and what to do, with the arithmetic."""
    from pipelines.pack.contents import contents
    from pipelines.pack.figures import read_figures
    from pipelines.settings import load_settings

    if file_format not in FORMATS:
        raise UsageError(f"there is no format {clean(file_format)!r}; there are {', '.join(FORMATS)}")
    asked = asked_day(as_of, "--as-of")
    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    try:
        with open_publication(settings.folders.serving.path) as marts:
            check_partner(partner, marts.newest_days(), UsageError)
            _check_day(marts, asked, partner)
            found = the_customer(marts, customer, partner, asked)
            day = asked or marts.newest_days()[found.partner_id]
            figures = read_figures(marts, found, day)
    except NothingPublishedError as error:
        raise UserError(f"{error}; `portfolio materialize` publishes") from None
    if figures is None:
        raise UserError(
            f"{named(shortened(found.name, LONGEST_NAME))} is not in the portfolio of {day}; choose --as-of"
        )
    path = output or Path(file_name(found.customer_id, file_format))
    with nullcontext() if output is not None else withholding(str(path)):
        if path != STANDARD_OUTPUT:
            check_output(path, overwrite=overwrite)
        said = contents(figures, settings.headroom_percent)
        document = _drawn(file_format)(said)
        if path == STANDARD_OUTPUT:
            sys.stdout.buffer.write(document)
            return
        with users_umask(), replacing(path) as beside:
            beside.write_bytes(document)
    if file_format == "pdf":
        _note_fonts(said.name + said.subtitle)
    typer.echo(f"{clean(shortened(found.name, LONGEST_NAME))} as of {day} in {path}")


def file_name(customer_id: str, file_format: str) -> str:
    """The default name of a pack: the id, without what would lead elsewhere or could not be written.

    An id that can't be a name as it is gets a hash behind it: another one may be left with the same letters.
    """
    kept = _NOT_IN_FILES.sub("_", customer_id).encode()[:_MOST_BYTES].decode(errors="ignore") or "_"
    if kept != customer_id:
        kept += f"-{hashlib.sha256(customer_id.encode()).hexdigest()[:8]}"
    return f"{kept}.{file_format}"


def _check_day(marts: PublishedMarts, day: date | None, partner: str | None) -> None:
    days = marts.days(partner)
    if day is not None and day not in days:
        raise UserError(f"{day} is not published; published are {brief(days)}")


def _note_fonts(text: str) -> None:
    from pipelines.pack.pdf import uncovered

    if letters := uncovered(text):
        shown = named(letters[:_MOST_LETTERS] + ("…" if len(letters) > _MOST_LETTERS else ""))
        typer.echo(f"note: {shown} shows only where this machine has a font for it; html and xlsx hold it", err=True)


def _drawn(file_format: str) -> Callable[..., bytes]:
    """What draws a format; only its own libraries are loaded."""
    if file_format == "html":
        from pipelines.pack.page import page

        return page
    if file_format == "xlsx":
        from pipelines.pack.workbook import workbook

        return workbook
    from importlib.util import find_spec

    if find_spec("typst") is None:
        raise UserError(
            "a PDF needs Typst: install partner-portfolio[pack] from its wheel, or choose --format html or xlsx"
        )
    from pipelines.pack.pdf import pdf

    return pdf
