"""What there is to ask for: a simulated partner's organisations, licences and people on some days."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

import pyarrow as pa

from sources.simulator import days
from sources.simulator.draws import Draws
from sources.simulator.portfolio import Customer, customers_between
from sources.simulator.snapshots import History
from sources.simulator.webex.licences import Bought, Licence, LicenceMaker
from sources.simulator.webex.people import Person, person_of

_LICENCE_STREAM = 2_000_000  # seed part that keeps these draws apart from the simulator's own
_TAGGED = 0.25


@dataclass(frozen=True, slots=True)
class Tagged:
    """A subscription's tags, and whether it is a trial, as the partner's tags show them."""

    subscription_id: str
    organisation: str
    tags: tuple[str, ...]
    is_trial: bool


@dataclass(frozen=True, eq=False)
class Organisation:
    """A customer organisation, on all days on which the partner manages it."""

    uuid: str
    name: str
    created: date | None
    first: int
    last: int
    licences: tuple[Licence, ...]
    subscriptions: tuple[str, ...]
    _people: dict[int, Person] = field(default_factory=dict, repr=False)

    def person(self, number: int) -> Person:
        """The person with a number."""
        if number not in self._people:
            self._people[number] = person_of(self.uuid, number)
        return self._people[number]

    def licences_on(self, day: int) -> list[Licence]:
        """What it has on a day (a day number)."""
        return [licence for licence in self.licences if day in licence.counts]

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """Its meeting sites."""
        return tuple(dict.fromkeys(licence.site for licence in self.licences if licence.site is not None))


class World:
    """A partner's Webex from a first to a last day; the same arguments give the same world.

    Unless it is `odd`, everybody holds one subscription's licence of a kind at the most, who is active holds it on all
    of the days, and each count is there: what a landing folder can hold is then all that Webex shows, too.
    """

    def __init__(
        self,
        first: date,
        last: date,
        *,
        customers: int,
        seed: int = 1,
        seats: int | None = None,
        odd: bool = True,
        tag_size: int = 60,
    ) -> None:
        """At the most `tag_size` subscriptions have one tag; a listing by tags shows 100 of them and no next page."""
        self.first, self.last, self.seed, self.odd = first, last, seed, odd
        self.days = range(days.number(first), days.number(last) + 1)
        population = list(customers_between(self.days[0], self.days[-1], customers, seed, 1, seats))
        self._history = History(population)
        self.partner = population[0].partner_id
        self.partner_name = "Simulated Partner, Inc."
        self.admin = person_of(self.partner, 0)
        self.organisations = {item.uuid: item for item in self._organisations(population)}
        self.licences = {item.identity: item for org in self.organisations.values() for item in org.licences}
        self.sites = {site: org for org in self.organisations.values() for site in org.sites}
        self.tagged = {item.subscription_id: item for item in self._tagged(tag_size)}

    def organisations_on(self, day: date) -> list[Organisation]:
        """The customer organisations that the partner manages on a day."""
        number = days.number(day)
        return [org for org in self.organisations.values() if org.first <= number <= org.last]

    def customers_table(self, day: date) -> pa.Table:
        """The customers dataset as the simulator has it: with countries, which Webex does not know."""
        return self._history.customers_on(days.number(day))

    def subscriptions_table(self, day: date) -> pa.Table:
        """The subscriptions dataset as the simulator has it: with dates, renewal and status."""
        return self._history.subscriptions_on(days.number(day))

    def _organisations(self, population: Sequence[Customer]) -> Iterator[Organisation]:
        bought = self._bought(population)
        for customer in population:
            draws = Draws(self.seed, _LICENCE_STREAM, UUID(customer.customer_id).int >> 64)
            maker = LicenceMaker(customer, _site(customer), draws, self.days, self.odd)
            yield Organisation(
                uuid=customer.customer_id,
                name=customer.name,
                created=None if customer.created is None else days.from_number(customer.created),
                first=customer.first,
                last=customer.last,
                licences=tuple(maker.licences(bought.get(customer.customer_id, ()))),
                subscriptions=tuple(item.subscription_id for item in customer.subscriptions),
            )

    def _bought(self, population: Sequence[Customer]) -> dict[str, list[Bought]]:
        """The simulator's lines with their counts, by customer."""
        totals: list[dict[int, int]] = [{} for _ in self._history.lines]
        assigned: list[dict[int, int]] = [{} for _ in self._history.lines]
        in_use: list[set[int]] = [set() for _ in self._history.lines]
        for day in self.days:
            line_day = self._history.line_day(day)
            shown = zip(
                line_day.lines.tolist(),
                line_day.totals.tolist(),
                line_day.assigned.tolist(),
                line_day.in_use.tolist(),
                strict=True,
            )
            for line, total, held, used in shown:
                totals[line][day], assigned[line][day] = total, held
                if used:
                    in_use[line].add(day)
        found: dict[str, list[Bought]] = {}
        index = 0
        for customer in population:  # the order in which History numbers the lines
            for subscription in customer.subscriptions:
                for line in subscription.lines:
                    item = Bought(subscription, line, totals[index], assigned[index], frozenset(in_use[index]))
                    found.setdefault(customer.customer_id, []).append(item)
                    index += 1
        return found

    def _tagged(self, size: int) -> Iterator[Tagged]:
        """Some subscriptions have tags; where odd, a few with an ordinary id are trials by their tag alone."""
        draws = Draws(self.seed, _LICENCE_STREAM)
        count = 0
        for org in self.organisations.values():
            for subscription_id in org.subscriptions:
                if not draws.chance(_TAGGED):
                    continue
                tags = (f"Group {count // size}", "Watch")[: 1 + (count < size)]
                count += 1
                is_trial = subscription_id.startswith("trialSub.") or (self.odd and draws.chance(0.1))
                yield Tagged(subscription_id, org.uuid, tags, is_trial)


def _site(customer: Customer) -> str:
    """A site's address after the customer's name."""
    plain = unicodedata.normalize("NFKD", customer.name).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:20].strip("-") or "site"
    return f"{word}-{customer.customer_id[:8]}.webex.com"
