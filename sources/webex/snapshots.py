"""The rows of a day's three snapshots, worked out from what was read. Plain functions; nobody is asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sources.webex.codes import OTHER
from sources.webex.models import Count, Licence
from sources.webex.progress import Read
from sources.webex.terms import UNKNOWN, Terms

Row = dict[str, str]
"""A row of the raw contract as CSV writes it; an empty text is null."""
TRIAL_PREFIX = "trialSub."


@dataclass
class Findings:
    """What is to be said of the rows; subscriptions and codes by their names, all else counted."""

    without_subscription: int = 0
    """Licence lines that belong to none, and are left out."""
    unknown_codes: set[str] = field(default_factory=set)
    """Codes that are in no table, and count as other."""
    uncoded: int = 0
    """Licences whose id names no code."""
    several_sites: int = 0
    """Lines whose code got its site."""
    summed: int = 0
    """Lines that were added to another one with the same key."""
    null_counts: int = 0
    """Rows without a count; they go to quarantine."""
    several_customers: set[str] = field(default_factory=set)
    """Subscriptions that more than one organisation lists."""
    guessed_starts: dict[str, str] = field(default_factory=dict)
    """The start (ISO) of each subscription for which it is not known."""
    unknown_ends: set[str] = field(default_factory=set)
    guessed_renewals: set[str] = field(default_factory=set)
    guessed_statuses: set[str] = field(default_factory=set)
    not_in_webex: set[str] = field(default_factory=set)
    """Subscriptions that the contract file alone knows."""


def customer_rows(partner: str, reads: Iterable[Read]) -> list[Row]:
    """A row per organisation. Webex knows no country."""
    return [
        {
            "partner_id": partner,
            "customer_id": read.organisation.uuid,
            "customer_name": read.organisation.name or "",
            "country_code": "",
            "created_on": read.organisation.created_on or "",
        }
        for read in reads
    ]


def customers_of_subscriptions(reads: Iterable[Read], findings: Findings) -> dict[str, str]:
    """The customer of each subscription that has a licence line; of several, the first by its id."""
    found: dict[str, str] = {}
    for read in reads:
        for subscription in {one.subscription for one in read.licences if one.subscription is not None}:
            if found.setdefault(subscription, read.organisation.uuid) != read.organisation.uuid:
                findings.several_customers.add(subscription)
                found[subscription] = min(found[subscription], read.organisation.uuid)
    return found


def assignment_rows(
    partner: str,
    reads: Sequence[Read],
    customers: Mapping[str, str],
    codes: Mapping[str, str],
    findings: Findings,
) -> list[Row]:
    """A row per subscription, product and code; the code has its site where it is there for several.

    Args:
        customers: the customer of each subscription.
        codes: the product of each code, in upper case.
    """
    sites: dict[tuple[str, str], set[str]] = {}
    for subscription, licence in _lines(reads, findings):
        if licence.site is not None:
            sites.setdefault((subscription, licence.code), set()).add(licence.site)
    lines: dict[tuple[str, str, str], list[Licence]] = {}
    for subscription, licence in _lines(reads):
        code = licence.code
        if licence.site is not None and len(sites[subscription, code]) > 1:
            findings.several_sites += 1
            code = f"{code}:{licence.site}"
        lines.setdefault((subscription, _product(licence, codes, findings), code), []).append(licence)
    rows = []
    for (subscription, product, code), found in sorted(lines.items()):
        found.sort(key=lambda licence: licence.raw_id)
        findings.summed += len(found) - 1
        total, consumed = _sum(one.total for one in found), _sum(one.consumed for one in found)
        findings.null_counts += total is None or consumed is None
        rows.append(
            {
                "partner_id": partner,
                "customer_id": customers[subscription],
                "subscription_id": subscription,
                "product": product,
                "license_code": code,
                "license_name": next((one.name for one in found if one.name), ""),
                "total_licenses": _written(total),
                "assigned_licenses": _written(consumed),
            }
        )
    return rows


def subscription_rows(
    partner: str,
    day: date,
    customers: Mapping[str, str],
    terms: Mapping[str, Terms],
    is_trial: Callable[[str], bool],
    first_days: Mapping[str, date],
    findings: Findings,
) -> list[Row]:
    """A row per subscription. What the terms lack is guessed, and each guess noted.

    Args:
        first_days: the first earlier day on which each subscription was there.
    """
    findings.not_in_webex = set(terms) - set(customers)
    rows = []
    for subscription, customer in sorted(customers.items()):
        known = terms.get(subscription, UNKNOWN)
        start = known.start_date or min(first_days.get(subscription, day), known.end_date or date.max)
        if known.start_date is None:
            findings.guessed_starts[subscription] = start.isoformat()
        for lacks, noted in (
            (known.end_date is None, findings.unknown_ends),
            (known.auto_renew is None, findings.guessed_renewals),
            (known.status is None, findings.guessed_statuses),
        ):
            if lacks:
                noted.add(subscription)
        rows.append(
            {
                "partner_id": partner,
                "customer_id": customer,
                "subscription_id": subscription,
                "is_trial": str(is_trial(subscription)).lower(),
                "status": known.status or "active",
                "start_date": start.isoformat(),
                "end_date": known.end_date.isoformat() if known.end_date is not None else "",
                "auto_renew": str(bool(known.auto_renew)).lower(),
            }
        )
    return rows


def is_trial_by_id(subscription: str) -> bool:
    """Whether the id itself says that it is a trial."""
    return subscription.startswith(TRIAL_PREFIX)


def _lines(reads: Iterable[Read], findings: Findings | None = None) -> Iterable[tuple[str, Licence]]:
    """The licence lines of subscriptions, and their subscription; what is left out is noted where that is wanted."""
    for read in reads:
        for licence in read.licences:
            if licence.subscription is not None:
                yield licence.subscription, licence
            elif findings is not None:
                findings.without_subscription += 1


def _product(licence: Licence, codes: Mapping[str, str], findings: Findings) -> str:
    product = codes.get(licence.code.upper())
    if product is None:
        if licence.organisation is not None:
            findings.unknown_codes.add(licence.code)
        else:
            findings.uncoded += 1
    return product or OTHER


def _sum(counts: Iterable[Count]) -> Count:
    """The sum; null with a null in it, and what is no number with one of those."""
    found = list(counts)
    if None in found:
        return None
    numbers = [count for count in found if isinstance(count, int)]
    if len(numbers) < len(found):
        return next(count for count in found if not isinstance(count, int))
    return sum(numbers)


def _written(count: Count) -> str:
    return "" if count is None else str(count)
