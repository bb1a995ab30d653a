"""`portfolio export`: a section or a mart as a file, safe to open in a spreadsheet."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UsageError, UserError
from cli.output_file import check_output
from cli.screen.customers import Wanted, asked_customer, chosen
from cli.screen.days import brief, parse_day
from cli.screen.decisions import CHANGES, CUSTOMER, DECISIONS
from cli.screen.output import clean, utf8_output
from cli.screen.published import check_partner, check_product
from cli.screen.sections import SECTIONS
from contracts.dashboard import KEY_MART, PRODUCTS, TREND_MART
from storage.files.atomic import replacing
from storage.files.umask import users_umask
from storage.reading.customers import CUSTOMERS_MART
from storage.reading.exporting import FORMATS, Exporter, Selection
from storage.reading.opening import NothingPublishedError, PublishedMarts, open_publication
from storage.reading.workbook import MOST_TEXT
from storage.usable import refuse_unusable

STANDARD_OUTPUT = Path("-")
_TABLES = {section.slug: section.table_mart for section in SECTIONS} | {
    "trend": TREND_MART,
    "kpis": KEY_MART,
    **{decision.slug: decision.mart for decision in DECISIONS},
    CUSTOMER: CUSTOMERS_MART,
    "positions": "license_positions",
}
_ORDERS = {section.table_mart: section.order for section in SECTIONS}
_ORDERS |= {decision.mart: decision.order for decision in DECISIONS} | {CUSTOMERS_MART: "customer_name, customer_id"}


def export(
    section: Annotated[
        str, typer.Argument(metavar="SECTION", help=f"{', '.join(_TABLES)}; or a mart by its name (docs/marts.md).")
    ],
    whom: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="With `customer`: its id, or a part of its name; all.")
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS)}.")] = "csv",
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As-of date; the newest.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First of several as-of dates.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last of them; the newest.")] = None,
    product: Annotated[str | None, typer.Option(help=f"{' or '.join(PRODUCTS)}; both.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="ID", help="One partner organisation; all.")] = None,
    owner: Annotated[list[str] | None, typer.Option(metavar="NAME", help="An owner's customers; repeatable.")] = None,
    segment: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A segment's customers; repeatable.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="CUSTOMER", help="One customer: its id, or a part of its name.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write, - for standard output; SECTION-DATE.FORMAT.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Write rows of the publication to a file that a spreadsheet or a script reads, with the mart's own columns."""
    from pipelines.settings import load_settings

    if file_format not in FORMATS:
        raise UserError(f"there is no format {clean(file_format)!r}; there are {', '.join(FORMATS)}")
    check_product(product)
    if as_of is not None and (first is not None or last is not None):
        raise UserError("--as-of is one date, --from and --to are several; leave one of them out")
    if last is not None and first is None:
        raise UserError("--to needs --from")
    if output == STANDARD_OUTPUT and file_format != "csv":
        raise UserError(f"standard output takes csv alone; name a file for {file_format}")
    asked = _asked(as_of, first, last)
    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    try:
        with open_publication(settings.folders.serving.path) as marts:
            selection = _select(marts, section, _window(marts, asked), partner, product)
            wanted = Wanted(tuple(owner or ()), tuple(segment or ()), asked_customer(section, whom, customer))
            selection = _narrowed(marts, selection, wanted)
            _warn_of_overlap(selection)
            days = _days_in_name(selection.window or (max(marts.newest_days().values()),) * 2)
            path = output or Path(f"{section}-{days}.{file_format}")
            _write(Exporter(marts, selection), selection.mart, file_format, path, overwrite=overwrite)
    except NothingPublishedError as error:
        raise UserError(f"{error}; `portfolio materialize` publishes") from None


def _asked(as_of: str | None, first: str | None, last: str | None) -> tuple[date, date | None] | None:
    """The as-of dates that the options name, with an open end where there is none; None for each partner's newest."""
    if as_of is not None:
        return (parse_day(as_of, "--as-of"),) * 2
    if first is None:
        return None
    start, end = parse_day(first, "--from"), parse_day(last, "--to") if last is not None else None
    if end is not None and start > end:
        raise UsageError(f"--from {start} is after {end}; swap them")
    return start, end


def _window(marts: PublishedMarts, asked: tuple[date, date | None] | None) -> tuple[date, date] | None:
    """The as-of dates to export, of which at least one is published; None for each partner's newest."""
    if asked is None:
        return None
    days = marts.days()
    start, end = asked[0], asked[1] or max(asked[0], days[-1])
    if not any(start <= day <= end for day in days):
        named = str(start) if start == end else f"{start}…{end}"
        raise UserError(f"{named} is not published; published are {brief(days)}")
    return start, end


def _select(
    marts: PublishedMarts, section: str, window: tuple[date, date] | None, partner: str | None, product: str | None
) -> Selection:
    """The rows that the arguments mean.

    Raises:
        UserError: no such section or partner; or a product where the mart has none.
    """
    columns = marts.columns
    mart = _TABLES.get(section, section)
    if section in _TABLES:
        marts.require(mart)
    if mart not in columns:
        raise UserError(
            f"there is no section {clean(section)!r}; there are {', '.join(_TABLES)}, and every mart's name"
        )
    if product is not None and "product" not in columns[mart]:
        raise UserError(f"{mart} spans both products; leave --product out")
    check_partner(partner, marts.newest_days())
    if "as_of_date" not in columns[mart]:
        if window is not None or partner is not None:
            raise UserError(f"{mart} is the same for every date and partner; leave --as-of, --from and --partner out")
        return Selection(mart, product=product, is_dated=False)
    return Selection(mart, window, partner, product, _ORDERS.get(mart, ""))


def _narrowed(marts: PublishedMarts, selection: Selection, wanted: Wanted) -> Selection:
    """The rows of the customers that are meant.

    Raises:
        UsageError: there is no such owner, segment or customer, or there are several; or no row names a customer.
        StorageError: an earlier version published.
    """
    if not wanted:
        return selection
    columns = marts.columns[selection.mart]
    if not {"as_of_date", "partner_id", "customer_id"} <= set(columns):
        raise UsageError(f"no row of {selection.mart} names a customer; leave --owner, --segment and --customer out")
    newest = {name: day for name, day in marts.newest_days().items() if selection.partner in (None, name)}
    last = selection.window[1] if selection.window is not None else None
    window = selection.window or (min(newest.values()), max(newest.values()))
    filters, _ = chosen(marts, dict.fromkeys(newest, window), wanted, selection.partner, last)
    return replace(selection, condition=filters.condition(selection.mart, columns, window))


def _warn_of_overlap(selection: Selection) -> None:
    """Say that rows of several dates are not to be added up, where they are so."""
    window = selection.window
    if selection.mart == CHANGES.mart and window is not None and window[0] != window[1]:
        typer.echo("note: each change is in the rows of seven dates; don't add rows of several dates up", err=True)


def _days_in_name(window: tuple[date, date]) -> str:
    return str(window[0]) if window[0] == window[1] else f"{window[0]}-{window[1]}"


def _write(exporter: Exporter, mart: str, file_format: str, path: Path, *, overwrite: bool) -> None:
    if path == STANDARD_OUTPUT:
        exporter.write_csv(utf8_output())
        return
    check_output(path, overwrite=overwrite)
    with users_umask(), replacing(path) as beside:
        count = exporter.write(file_format, beside)
    if exporter.cut_texts:
        what = "1 text is" if exporter.cut_texts == 1 else f"{exporter.cut_texts:,} texts are"
        typer.echo(f"note: {what} cut: a cell holds {MOST_TEXT:,} characters; csv and parquet hold all", err=True)
    typer.echo(f"{count:,} row{'' if count == 1 else 's'} of {mart} in {path}")
