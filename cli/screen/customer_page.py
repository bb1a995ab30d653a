"""One customer's whole picture as text: what it has, until when, for how much, what changed, what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rich.console import RenderableType
from rich.text import Text

from cli.screen.bars import Legend
from cli.screen.customers import how_to_deliver
from cli.screen.decision_page import WITHOUT, DecisionRows, notes, read_decision, render_rows
from cli.screen.decisions import ACTIONS, CHANGES, OUTCOMES, OVERAGE_RISK, TRUE_FORWARD, WORKLIST
from cli.screen.output import clean, heading
from cli.screen.page import cards, top
from cli.screen.sections import LICENCES, Figure, Kind
from cli.screen.tables import indented, left_out, licence_table, subscription
from contracts.dashboard import PRODUCTS
from expectations.wording import LONGEST_NAME, shortened
from storage.reading.customers import CUSTOMERS_MART, Customer
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, Row
from storage.reading.optional_data import unknown_datasets
from storage.reading.recomputed import POSITIONS

FIGURES = (
    Figure("subscriptions", "subscr."),
    Figure("total_licenses", "licences"),
    Figure("assigned_licenses", "assigned"),
    Figure("used_licenses", "used"),
    Figure("overage_licenses", "over limit"),
    Figure("value_12m", "in 12 months", Kind.MONEY),
    Figure("next_end_date", "next end", Kind.TEXT),
)
"""The customer's own figures, over both products."""
_CARDS, _FIRST = 76, 5
"""Columns that all of them take side by side; with fewer, the licences stand above the money."""
SUBSCRIPTIONS = (
    Figure("end_date", "Ends", Kind.TEXT),
    Figure("value_12m", "Value 12 m", Kind.MONEY, optional=True),
    *LICENCES,
    Figure("days_until_end", "Days", wide=True),
    Figure(
        "term",
        "Term",
        Kind.WORDS,
        wide=True,
        meaning="A trial, or what becomes of it at its end by itself.",
    ),
    Figure("decide_by", "Decide by", Kind.TEXT, wide=True, meaning="end_date less notice_days."),
    Figure("status", "Status", Kind.WORDS, wide=True),
)
LISTS = (
    (ACTIONS, "What to do", "nothing, by the rules of next_actions"),
    (WORKLIST, "To decide", "no end, and no decision, is near"),
    (CHANGES, "What changed in a week", "nothing, or the day a week ago is not known"),
    (OUTCOMES, "What became of it", ""),
    (TRUE_FORWARD, "True forward", ""),
    (OVERAGE_RISK, "Overage risk", ""),
)
"""The lists that the page has, each with its title and what is said where it is empty; without that it goes."""


@dataclass(frozen=True)
class CustomerPage:
    """What is shown of a customer on an as-of date."""

    customer: Customer
    day: date
    overview: Row | None
    """None where the customer is not there on the date any more."""
    positions: Sequence[Row]
    lists: Sequence[DecisionRows]
    notes: Sequence[str] = ()
    unknown: Sequence[str] = ()
    """Optional datasets of which nothing is known."""
    has_cards: bool = True
    """Whether the figures over both products are shown: not beside rows of one."""


def read_customer(
    marts: PublishedMarts, customer: Customer, day: date, notes: Sequence[str], product: str | None, limit: int | None
) -> CustomerPage:
    """Everything about a customer on an as-of date.

    Raises:
        StorageError: an earlier version published, without one of the marts.
    """
    marts.require(CUSTOMERS_MART, *(decision.mart for decision, *_ in LISTS))
    filters, partner = Filters(customer=customer), customer.partner_id
    condition = filters.condition(CUSTOMERS_MART, marts.columns[CUSTOMERS_MART], (day, day))
    order = "days_until_end nulls last, subscription_id, product desc"
    positions = marts.rows(POSITIONS, partner, day, day, product=product, condition=condition, order=order)
    return CustomerPage(
        customer,
        day,
        next(iter(marts.rows(CUSTOMERS_MART, partner, day, day, condition=condition)), None),
        [{**row, **_term(row)} for row in positions],
        [
            read_decision(marts, decision, partner, day, product=product, filters=filters, limit=limit)
            for decision, *_ in LISTS
        ],
        notes,
        unknown_datasets(marts, partner, day),
        has_cards=product is None,
    )


def render_customer(page: CustomerPage, width: int, limit: int | None) -> Iterator[RenderableType]:
    """The page in parts, for a terminal of `width` columns; at most `limit` rows a table."""
    yield from top(page.customer.partner_id, page.day, page.notes)
    yield Text()
    yield heading(clean(shortened(page.customer.name, LONGEST_NAME)), ", ".join(_facts(page)))
    for name in page.unknown:
        yield indented(Text(f"{WITHOUT[name]}: {how_to_deliver(name)}", style="yellow"))
    if page.overview is not None and page.has_cards:
        for figures in (FIGURES,) if width >= _CARDS else (FIGURES[:_FIRST], FIGURES[_FIRST:]):
            yield cards(page.overview, figures)
    yield Text()
    yield from _subscriptions(page, width, limit)
    for shown, (_, title, nothing) in zip(page.lists, LISTS, strict=True):
        if shown.rows or nothing:
            yield Text()
            yield heading(title, "" if shown.rows else nothing)
        if shown.rows:
            for line in notes(replace(shown, unknown=())):  # said above, for all lists
                yield indented(Text(line, style="yellow"))
            yield from render_rows(shown, width, [("Subscription", [subscription(row) for row in shown.rows])])


def _facts(page: CustomerPage) -> Iterator[str]:
    """What there is to say of the customer in a line."""
    yield clean(page.customer.customer_id)
    if page.overview is None:
        yield f"not in the portfolio on {page.day}"
        return
    overview = page.overview
    if overview["country_code"] is not None:
        yield clean(overview["country_code"])
    for column, name in (("owner", "owner"), ("segment", "segment"), ("sub_partner_id", "reseller")):
        if overview[column] is not None:
            yield f"{name} {clean(shortened(overview[column], LONGEST_NAME))}"
    unpriced = {row["subscription_id"] for row in page.positions if row["value_12m"] is None}
    if count := overview["unpriced_subscriptions"] if page.has_cards else len(unpriced):
        yield f"{count:,} without a known value"


def _subscriptions(page: CustomerPage, width: int, limit: int | None) -> Iterator[RenderableType]:
    if not page.positions:
        yield heading("Subscriptions", "none with licences")
        return
    yield heading("Subscriptions")
    yield Legend()
    for product in PRODUCTS:
        of_product = [row for row in page.positions if row["product"] == product]
        if of_product:
            rows = of_product[:limit]
            yield indented(Text(product.title(), style="bold"))
            yield licence_table([("Subscription", [subscription(row) for row in rows])], SUBSCRIPTIONS, rows, width)
            yield from left_out(len(of_product), limit)


def _term(row: Row) -> Mapping[str, object]:
    """What becomes of a position at its end, and the day until which one can decide on that."""
    end, notice = row["end_date"], row["notice_days"]
    if row["is_trial"]:
        term = "trial"
    elif end is None:
        term = "open"
    else:
        term = "renews" if row["auto_renew"] else "ends"
    return {"term": term, "decide_by": None if end is None or notice is None else _before(end, notice)}


def _before(day: date, days: int) -> date | None:
    try:
        return day - timedelta(days=days)
    except OverflowError:  # before the first day that there is
        return None
