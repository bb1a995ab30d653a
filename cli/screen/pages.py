"""What `portfolio show` shows: which pages, read out of the publication and drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.console import RenderableType
from rich.text import Text

from cli.errors import UsageError, UserError
from cli.screen.customer_page import read_customer, render_customer
from cli.screen.customers import Wanted, chosen, filter_note, is_of
from cli.screen.days import brief
from cli.screen.decision_page import read_decision, render_decision
from cli.screen.decisions import CUSTOMER, DECISIONS, Decision
from cli.screen.output import clean
from cli.screen.page import Page, SectionRows, render, top
from cli.screen.published import check_partner
from cli.screen.reach import lag_notes
from cli.screen.sections import SECTIONS
from contracts.dashboard import KEY_MART, PRODUCTS, TREND_MART
from storage.reading.customers import CUSTOMERS_MART
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, Row
from storage.reading.reach import reach_on
from storage.reading.recomputed import key_figures, product_figures

TREND_DAYS = 7 * 26
Parts = Iterable[RenderableType]


@dataclass(frozen=True)
class Asked:
    """What is to be shown."""

    section: str | None
    """An overview when None."""
    day: date | None
    """Each partner's newest when None."""
    product: str | None
    partner: str | None
    wanted: Wanted
    """Which customers' rows."""
    limit: int | None
    """Most rows of a table."""


def read_pages(marts: PublishedMarts, asked: Asked, width: int) -> Iterator[Parts]:
    """The pages, a partner each, for a terminal of `width` columns; what is drawn is read when it is come to.

    Raises:
        UserError: the partner or the date is not published, or was built by an earlier version.
        UsageError: there is no such owner, segment or customer, or there are several.
        StorageError: an earlier version published.
    """
    blocks = choose_blocks(marts, asked.day, asked.partner)
    decision = next((known for known in DECISIONS if known.slug == asked.section), None)
    filters, with_them = Filters(), list(blocks)
    if asked.wanted:
        windows = {partner: (day, day) for partner, day in blocks.items()}
        filters, with_them = chosen(marts, windows, asked.wanted, asked.partner, asked.day)
        one = filters.customer if asked.section == CUSTOMER and (filters.owners or filters.segments) else None
        if not with_them or (one is not None and not is_of(marts, one, asked.day, filters)):
            raise UsageError("no partner has, on the dates shown, customers that meet all of these options")
    for partner, day in blocks.items():
        if partner in with_them:
            if decision is not None or filters:
                _check_built(marts, partner, day)
            if decision is not None:
                yield _decision_page(marts, decision, partner, day, asked, filters, width)
            elif asked.section == CUSTOMER and filters.customer is not None:
                notes = _notes(marts, partner, day, Filters())
                page = read_customer(marts, filters.customer, day, notes, asked.product, asked.limit)
                yield render_customer(page, width, asked.limit)
            else:
                yield render(read_page(marts, partner, day, asked, filters), width, asked.limit)


def choose_blocks(marts: PublishedMarts, day: date | None, partner: str | None) -> dict[str, date]:
    """Which partner's page of which as-of date to show; each partner's newest date unless `day` is given.

    Raises:
        UserError: the partner or the date is not published, alone or together.
    """
    newest = marts.newest_days()
    check_partner(partner, newest)
    if day is None:
        return {name: last for name, last in newest.items() if partner in (None, name)}
    with_rows = [name for name in marts.partners(day) if partner in (None, name)]
    if not with_rows:
        whose = f"{day} of partner {clean(partner)}" if partner is not None else f"as-of date {day}"
        raise UserError(
            f"{whose} is not published; published are {brief(marts.days(partner))}:"
            " choose one of them, or build it with `portfolio materialize --from … --to …`"
        )
    return dict.fromkeys(with_rows, day)


def _check_built(marts: PublishedMarts, partner: str, day: date) -> None:
    """Raise `UserError` for a day that has positions, and no customers: an earlier version built it."""
    marts.require(CUSTOMERS_MART)
    found = [
        marts.query(f"select 1 from ({marts.selected(mart, partner, day, day)}) limit 1")
        for mart in ("license_positions", CUSTOMERS_MART)
    ]
    if found[0] and not found[1]:
        raise UserError(
            f"{day} of partner {clean(partner)} was built by an earlier version, which had no such lists;"
            " `portfolio materialize --stale` builds it again"
        )


def _notes(marts: PublishedMarts, partner: str, day: date, filters: Filters) -> list[str]:
    """What is to be known of a partner's data on an as-of date."""
    notes = ["provisional: built before the day was over (UTC)"] if day == marts.provisional_day() else []
    newest = marts.newest_days()
    is_newest = newest[partner] == day
    reach = reach_on(marts, partner, day, is_newest=is_newest)
    notes += lag_notes(reach, max(newest.values()) if is_newest else day)
    return [*notes, filter_note(filters)] if filters else notes


def _decision_page(
    marts: PublishedMarts, decision: Decision, partner: str, day: date, asked: Asked, filters: Filters, width: int
) -> Iterator[RenderableType]:
    yield from top(partner, day, _notes(marts, partner, day, filters))
    yield Text()
    shown = read_decision(marts, decision, partner, day, product=asked.product, filters=filters, limit=asked.limit)
    yield from render_decision(shown, width)


def read_page(marts: PublishedMarts, partner: str, day: date, asked: Asked, filters: Filters) -> Page:
    """What to show of a partner on an as-of date: a section, or an overview of all."""
    section, product = asked.section, asked.product
    products: Sequence[str] = PRODUCTS if product is None else (product,)
    chosen_sections = [known for known in SECTIONS if section in (None, known.slug)]
    kpis = None
    if section in (None, "kpis"):
        kpis = _key_row(marts, partner, day, filters)

    def figures(mart: str, first: date) -> Sequence[Row]:
        if filters:
            rows = product_figures(marts, mart, partner, first, day, filters)
            return [row for row in rows if row["product"] in products]
        return marts.rows(mart, partner, first, day, product=product)

    def table(mart: str, order: str) -> Sequence[Row]:
        condition = filters.condition(mart, marts.columns.get(mart, ()), (day, day))
        return marts.rows(mart, partner, day, day, product=product, condition=condition, order=order)

    return Page(
        partner,
        day,
        products,
        notes=_notes(marts, partner, day, filters),
        kpis=kpis,
        trend=figures(TREND_MART, day - timedelta(days=TREND_DAYS - 1)) if section in (None, "trend") else (),
        weekly=section == "trend",
        sections=[
            SectionRows(known, figures(known.kpi_mart, day), table(known.table_mart, known.order) if section else None)
            for known in chosen_sections
        ],
    )


def _key_row(marts: PublishedMarts, partner: str, day: date, filters: Filters) -> Row | None:
    if filters:
        return key_figures(marts, partner, day, filters)
    return next(iter(marts.rows(KEY_MART, partner, day, day)), None)
