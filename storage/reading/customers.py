"""Finding a customer of the publication: by its id, or by its name or a part of it, in any case."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.sql_text import sql_text
from storage.reading.opening import PublishedMarts

CUSTOMERS_MART = "customer_overview"


@dataclass(frozen=True, order=True)
class Customer:
    """A customer of a partner, with the name that it has on the as-of date."""

    partner_id: str
    customer_id: str
    name: str


def find_customers(
    marts: PublishedMarts, text: str, partner: str | None = None, day: date | None = None
) -> Sequence[Customer]:
    """The customers that a text means, by partner and id: those of the id, else of the name, else of a part of it.

    Looked for among the customers of the as-of date. Where the text means none of them, those are asked that were there
    on an earlier one: what became of a customer's last subscription is told after it is gone. An exact id comes
    before any name all the same.

    Args:
        text: an id as it is, or letters of a name in any case (Unicode case folding); nothing in it is a pattern.
        partner: only this partner's; None: any partner's.
        day: the as-of date; None: each partner's newest one.

    Raises:
        StorageError: an earlier version published, without the mart that lists customers.
    """
    marts.require(CUSTOMERS_MART)
    present = _customers(marts, partner, day, earlier=False)
    if found := [customer for customer in present if customer.customer_id == text]:
        return found
    earlier = _customers(marts, partner, day, earlier=True)
    if found := [customer for customer in earlier if customer.customer_id == text]:
        return found
    return named(present, text) or named(earlier, text)


def named(customers: Iterable[Customer], text: str) -> list[Customer]:
    """Those of the customers that have the text for their name; else in another case; else as a part of it."""
    wanted = _folded(text)
    each = [(customer, _folded(customer.name)) for customer in customers]
    fits: Sequence[Callable[[Customer, str], bool]] = (
        lambda customer, _: customer.name == text,
        lambda _, folded: folded == wanted,
        lambda _, folded: wanted in folded,
    )
    tries = ([customer for customer, folded in each if fit(customer, folded)] for fit in fits)
    return next((found for found in tries if found), [])


def _folded(text: str) -> str:
    """The text without regard to case, nor to whether an accent is a letter's own or stands behind it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _customers(marts: PublishedMarts, partner: str | None, day: date | None, *, earlier: bool) -> list[Customer]:
    """The customers of an as-of date, or of any before it, each by its newest name."""
    conditions = []
    if partner is not None:
        conditions.append(f"partner_id = {sql_text(partner)}")
    if day is not None:
        conditions.append(f"as_of_date {'<' if earlier else '='} date '{day}'")
    elif not earlier:
        newest = "select (partner_id, max(as_of_date)) from marts.portfolio_kpis group by partner_id"
        conditions.append(f"(partner_id, as_of_date) in ({newest})")
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = marts.connection.execute(
        f"select partner_id, customer_id, arg_max(customer_name, as_of_date) from marts.{CUSTOMERS_MART} {where}"
        " group by all order by all"
    ).fetchall()
    return [Customer(*row) for row in rows]
