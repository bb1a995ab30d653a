"""Who the customers are, when they come and go, and which subscriptions they have.

A partner has as many slots as customers. A slot is never empty for long: when its customer leaves, another of a
similar size and habit arrives. So the portfolio's mix holds on every day, however far from the first.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist

from sources.simulator import days
from sources.simulator.draws import Draws
from sources.simulator.licences import Adoption, Line, lines_of
from sources.simulator.lives import Stage, cut_off, last_valid_day, paid_life, trial_life
from sources.simulator.names import company

FIRST_DAY = date(2018, 1, 1)
"""The first day that can be simulated; histories begin up to four years before."""

_MEDIAN_SEATS = 35.0
_SIGMA_SEATS = 1.25  # of the logarithm: the largest of 60 customers is about 250 times the smallest
_LICENCES_PER_SEAT = 1.75  # measured: Meetings and Calling licences in force per seat of customer size

_SLOT_NUMBERS = 512  # subscription numbers set aside for each slot; a century uses about a tenth of them
_NUMBER_STEP = 7368787  # coprime to 9 * 10^k, so that stepping through numbers repeats none
_ADD_ON_MEAN_DAYS = 400
_NOTICE_DAYS = 40  # what begins on a day can show that many days before, as pending


@dataclass(frozen=True)
class Subscription:
    """A subscription or trial with its whole life and its licence lines."""

    subscription_id: str
    is_trial: bool
    start: int
    stages: list[Stage]
    lines: list[Line]
    buying_model: str | None = None
    """Where it decides what the subscription is about."""


@dataclass(frozen=True)
class Customer:
    """A customer organisation, and the first and last day on which the snapshots show it."""

    partner_id: str
    customer_id: str
    name: str
    country: str | None
    created: int | None
    first: int
    last: int
    subscriptions: list[Subscription]
    seats: float
    """About how many people it has."""


@dataclass(frozen=True)
class Slot:
    """A place among a partner's customers, and what its customers have in common."""

    seed_parts: tuple[int, int, int]
    place: int
    """Which of the partner's `places` it is, from 0."""
    places: int
    partner_id: str
    seats: float
    adoption: Adoption
    products: tuple[str, ...]
    first_number: int
    number_offset: int
    number_span: int

    def subscription_number(self, ordinal: int) -> int:
        """A number unlike any other of the partner, of six digits or as many as the partner needs."""
        mixed = (self.first_number + ordinal % _SLOT_NUMBERS) * _NUMBER_STEP + self.number_offset
        return self.number_span // 9 + mixed % self.number_span


Retelling = Callable[[Customer, Slot], Customer]
"""Makes a customer's story a richer one, from the customer and its slot alone."""


def customers_between(
    first: int,
    last: int,
    customers: int,
    seed: int,
    partners: int = 1,
    seats: int | None = None,
    retold: Retelling | None = None,
) -> Iterator[Customer]:
    """The customers seen on any of the days first … last (day numbers), with the subscriptions seen then.

    What a customer is and does depends on seed, customers, partners and seats alone, not on the days asked for; and
    so does what `retold` makes of it.
    """
    for partner in range(partners):
        share = customers // partners + (partner < customers % partners)
        for slot in _slots(share, seed, partner, None if seats is None else seats * share / customers):
            yield from _occupants(slot, first, last, retold)


def _slots(count: int, seed: int, partner: int, seats: float | None) -> Iterator[Slot]:
    """The partner's slots: sizes are the quantiles of a log-normal, habits and products have fixed shares."""
    draws = Draws(seed, partner)
    partner_id = draws.uuid()
    sizes = [
        _MEDIAN_SEATS * math.exp(_SIGMA_SEATS * NormalDist().inv_cdf((rank + 0.5) / count))
        for rank in draws.permutation(count)
    ]
    scale = 1.0 if seats is None else seats / (_LICENCES_PER_SEAT * sum(sizes))
    adoptions = draws.permutation(count)
    mixes = draws.permutation(count)
    number_span = 900_000
    while number_span < count * _SLOT_NUMBERS:
        number_span *= 10
    number_offset = draws.between(0, number_span - 1)
    for slot in range(count):
        yield Slot(
            seed_parts=(seed, partner, slot + 1),
            place=slot,
            places=count,
            partner_id=partner_id,
            seats=sizes[slot] * scale,
            adoption=_adoption((adoptions[slot] + 0.5) / count),
            products=_products((mixes[slot] + 0.5) / count),
            first_number=slot * _SLOT_NUMBERS,
            number_offset=number_offset,
            number_span=number_span,
        )


def _adoption(rank: float) -> Adoption:
    if rank < 0.13:
        return Adoption.LOW
    return Adoption.OVER if rank > 0.85 else Adoption.NORMAL


def _products(rank: float) -> tuple[str, ...]:
    if rank < 0.35:
        return ("meetings",)
    return ("calling",) if rank < 0.55 else ("meetings", "calling")


def _occupants(slot: Slot, first: int, last: int, retold: Retelling | None) -> Iterator[Customer]:
    """The slot's customers, one after the other, as far as they are seen between the two days."""
    draws = Draws(*slot.seed_parts)
    history = _History(draws, slot, last + _NOTICE_DAYS)
    arrival = days.number(FIRST_DAY) - draws.between(0, 1460)
    while arrival <= last + _NOTICE_DAYS:
        customer = history.customer(arrival)
        arrival = customer.last + 1 + draws.exponential(25)
        if retold is not None:
            customer = retold(customer, slot)
        if customer.last >= first and customer.first <= last:
            seen = [
                subscription
                for subscription in customer.subscriptions
                if subscription.stages[0].first <= last and subscription.stages[-1].last >= first
            ]
            yield replace(customer, subscriptions=seen)


class _History:
    """Tells the customers' stories of one slot.

    What is told must not depend on how far it is told, so add-ons, the only part that stops early, are drawn last.
    """

    def __init__(self, draws: Draws, slot: Slot, last: int) -> None:
        self._draws = draws
        self._slot = slot
        self._last = last
        self._ordinal = 0
        self._subscriptions: list[Subscription] = []
        self._seats = 0.0
        self._holder_seed = 0

    def customer(self, arrival: int) -> Customer:
        """The customer that arrives on `arrival`."""
        draws = self._draws
        partner_id, customer_id = self._slot.partner_id, draws.uuid()
        name, country = company(draws)
        seen_before, stays_after = draws.between(0, 5), draws.between(10, 40)
        founded_before = 0 if draws.chance(0.5) else draws.exponential(700)
        is_dated = draws.chance(0.98)
        self._subscriptions = []
        self._seats = self._slot.seats * math.exp(draws.uniform(-0.2, 0.2))
        self._holder_seed = draws.seed()
        self._relationship(arrival)
        first = min(subscription.stages[0].first for subscription in self._subscriptions) - seen_before
        left = max(subscription.stages[-1].last for subscription in self._subscriptions)
        return Customer(
            partner_id=partner_id,
            customer_id=customer_id,
            name=name,
            country=country,
            created=first - founded_before if is_dated else None,
            first=first,
            last=left + stays_after,
            subscriptions=self._subscriptions,
            seats=self._seats,
        )

    def _relationship(self, arrival: int) -> None:
        """Perhaps a trial, then the main subscription; while that lasts, others beside it."""
        draws, products = self._draws, self._slot.products
        separate = len(products) > 1 and draws.chance(0.45)
        main_products = products[:1] if separate else products
        start: int | None = arrival
        if draws.chance(0.45):
            start = self._trial(arrival, main_products, 0.3, None)
        if start is None:
            return
        until = self._paid(start, main_products, 1.0, None)
        if separate:
            self._paid(min(start + draws.exponential(150), until), products[1:], 0.7, until)
        for product, odds in (("contact_center", 0.12), ("devices", 0.25)):
            if draws.chance(odds):
                self._paid(min(start + draws.exponential(300), until), (product,), 1.0, until)
        add_on = start + draws.exponential(_ADD_ON_MEAN_DAYS)
        while add_on <= min(until, self._last):
            product, size = draws.pick(products), draws.uniform(0.1, 0.35)
            paid_from = self._trial(add_on, (product,), size, until)
            if paid_from is not None and paid_from <= until:
                self._paid(paid_from, (product,), size, until)
            add_on += 20 + draws.exponential(_ADD_ON_MEAN_DAYS)

    def _paid(self, start: int, products: tuple[str, ...], size: float, until: int | None) -> int:
        """Add a paid subscription; its last valid day."""
        stages = paid_life(self._draws, start, until)
        self._ordinal += 1
        number = self._slot.subscription_number(self._ordinal)
        self._add(f"Sub{number}", start, stages, products, size, is_trial=False)
        return last_valid_day(stages)

    def _trial(self, start: int, products: tuple[str, ...], size: float, until: int | None) -> int | None:
        """Add a trial; the day on which it turns into a paid subscription, if it does."""
        stages, converted_on = trial_life(self._draws, start)
        if until is not None:
            stages = cut_off(self._draws, stages, until)
        self._add(f"trialSub.{self._draws.uuid()}", start, stages, products, size, is_trial=True)
        return converted_on

    def _add(
        self,
        subscription_id: str,
        start: int,
        stages: list[Stage],
        products: tuple[str, ...],
        size: float,
        *,
        is_trial: bool,
    ) -> None:
        seats = self._seats * size
        lines = lines_of(self._draws, products, seats, self._slot.adoption, self._holder_seed, is_trial=is_trial)
        self._subscriptions.append(Subscription(subscription_id, is_trial, start, stages, lines))
