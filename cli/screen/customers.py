"""Choosing customers on the command line: one by its id or name, or those of an owner or a segment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rich.console import Console

from cli.errors import UsageError
from cli.screen.confidential import known_names
from cli.screen.decisions import CUSTOMER
from cli.screen.output import clean
from expectations.contract import ACCOUNTS
from expectations.sql_text import sql_text
from expectations.wording import LONGEST_NAME, shortened
from pipelines.base_settings import logs_json
from storage.reading.customers import Customer, find_customers
from storage.reading.filters import Filters, known
from storage.reading.opening import PublishedMarts

_MOST_LISTED = 50
_MOST_NAMED = 20
_SPELT = {"owner": "no customer has one", "segment": "no customer is in one"}


@dataclass(frozen=True)
class Wanted:
    """Which customers are asked for, as the options name them; empty: all."""

    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    customer: str | None = None
    """An id, or a part of a name."""

    def __bool__(self) -> bool:
        return bool(self.owners or self.segments or self.customer is not None)


def asked_customer(section: str | None, whom: str | None, customer: str | None) -> str | None:
    """The customer that is asked for, by `customer NAME` or by `--customer NAME`.

    Raises:
        UsageError: a name that no option has stands behind another section, or it is named twice.
    """
    if whom is not None and section != CUSTOMER:
        raise UsageError(f"{clean(whom)!r} is too much behind {section}; --customer narrows that to one customer")
    if whom is not None and customer is not None:
        raise UsageError("the customer is named twice; leave --customer out")
    return whom if whom is not None else customer


def the_customer(
    marts: PublishedMarts,
    text: str,
    partner: str | None = None,
    day: date | None = None,
    among: Filters | None = None,
) -> Customer:
    """The one customer that a text means (see `find_customers`).

    Where it means several, they are listed on standard error.

    Args:
        among: of several, those of these owners and segments are meant, where there are any.

    Raises:
        UsageError: it means none, or several.
        StorageError: an earlier version published.
    """
    if not text.strip():
        raise UsageError("the customer is empty; give its id, or a part of its name")
    found = find_customers(marts, text, partner, day)
    if among and len(found) > 1:
        found = [customer for customer in found if is_of(marts, customer, day, among)] or found
    shown = clean(shortened(text, LONGEST_NAME))
    if not found:
        whose = f" of partner {clean(partner)}" if partner is not None else ""
        raise UsageError(f"no customer{whose} has the id {shown!r}, or that in its name")
    if len(found) > 1:
        _list(found)
        apart = "its id" if len({customer.customer_id for customer in found}) == len(found) else "--partner"
        raise UsageError(f"{shown!r} means {len(found):,} customers; choose one by {apart}")
    return found[0]


def chosen(
    marts: PublishedMarts,
    windows: Mapping[str, tuple[date, date]],
    wanted: Wanted,
    partner: str | None = None,
    day: date | None = None,
) -> tuple[Filters, list[str]]:
    """What the options mean, and which partners have such customers.

    Args:
        windows: the first and the last as-of date that is shown of each partner.
        wanted: what is asked for.
        partner: where the customer is looked for.
        day: when it is looked for; None: on each partner's newest day.

    Raises:
        UsageError: nobody has such an owner or segment, or the customer is none or several.
        StorageError: an earlier version published.
    """
    filters = Filters(tuple(dict.fromkeys(wanted.owners)), tuple(dict.fromkeys(wanted.segments)))
    one = the_customer(marts, wanted.customer, partner, day, filters) if wanted.customer is not None else None
    filters = replace(filters, customer=one)
    partners = [name for name in windows if one is None or one.partner_id == name]
    window = min(first for first, _ in windows.values()), max(last for _, last in windows.values())
    for column, values in (("owner", filters.owners), ("segment", filters.segments)):
        if values:
            there = known(marts, column, window, partner)
            _check(column, values, set().union(*there.values()))
            partners = [name for name in partners if set(values) & there.get(name, set())]
    return filters, partners


def is_of(marts: PublishedMarts, customer: Customer, day: date | None, filters: Filters) -> bool:
    """Whether a customer has one of the owners and segments on an as-of date; None: on its partner's newest."""
    partner = customer.partner_id
    held = filters.customers_on(partner, day or marts.newest_days()[partner])
    return bool(marts.query(f"select 1 from ({held}) where customer_id = {sql_text(customer.customer_id)}"))


def filter_note(filters: Filters) -> str:
    """Whose rows are shown, in one line."""
    parts = [f"owner {_either(filters.owners)}"] if filters.owners else []
    parts += [f"segment {_either(filters.segments)}"] if filters.segments else []
    if filters.customer is not None:
        parts.append(f"customer {clean(filters.customer.name)} ({clean(filters.customer.customer_id)})")
    return f"only {', '.join(parts)}: the figures are of these customers alone"


def _check(column: str, values: Sequence[str], there: Collection[str]) -> None:
    for value in values:
        if value not in there:
            name = clean(shortened(value, LONGEST_NAME))
            if not there:
                raise UsageError(f"there is no {column} {name!r}: {_SPELT[column]}; {how_to_deliver(ACCOUNTS.name)}")
            raise UsageError(f"there is no {column} {name!r}; there are {known_names(there, _MOST_NAMED)}")


def how_to_deliver(dataset: str) -> str:
    """What to do for an optional dataset that is missing."""
    return f"deliver {dataset}, a folder {dataset}/<day> in landing (docs/raw-contract.md names its columns)"


def _either(names: Sequence[str]) -> str:
    return " or ".join(clean(shortened(name, LONGEST_NAME)) for name in names)


def _list(customers: Sequence[Customer]) -> None:
    """Name them on standard error, one a line that can be copied from, however narrow the terminal is.

    A log of JSON names no customer: the error behind the list says how many there are.
    """
    if logs_json():
        return
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for customer in customers[:_MOST_LISTED]:
        name = shortened(customer.name, LONGEST_NAME)
        console.print(f"{clean(customer.customer_id)}  {clean(name)}  partner {clean(customer.partner_id)}")
    if len(customers) > _MOST_LISTED:
        console.print(f"… and {len(customers) - _MOST_LISTED:,} more")
