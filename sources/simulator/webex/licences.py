"""Licence lines of a simulated organisation as Webex lists them, cut from the simulator's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sources.simulator.draws import Draws
from sources.simulator.licences import Line
from sources.simulator.portfolio import Customer, Subscription
from sources.simulator.webex.codes import CODES, HEAD_COUNTED, UNKNOWN_CODE, UNUSED, Code, Counted
from sources.simulator.webex.ids import encoded, uuid_of

_TWO_SITES, _TWO_ORDERS = "two sites", "two orders"
_MEETINGS, _CALLS = "EE", "BCSTD"
_EXTRAS = {
    "EE": (("CF", 0.5), ("RTT", 0.4), ("SFDSK", 0.1)),
    "BCSTD": (("BCRLC", 0.5),),
    "CJPPRM": (("CJPSTD", 0.8), ("EPC", 0.3)),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a line says on a day."""

    total: int | None
    users: int
    workspaces: int

    @property
    def consumed(self) -> int:
        """Units in use."""
        return self.users + self.workspaces


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence line over all days of the world."""

    organisation: str
    """The organisation's UUID, as everywhere here."""
    identity: str
    code: str
    name: str
    subscription_id: str | None
    site: str | None
    counted: Counted
    counts: Mapping[int, Counts]
    """By day number; days on which it is not listed are left out."""
    in_use: frozenset[int]
    """Days on which its subscription is active."""
    first_person: int
    shared_person: int | None = None
    """Who holds the first unit in place of `first_person`: somebody who holds another line as well."""
    unlisted: int = 0
    """So many of its users are counted and never listed."""

    def holders(self, day: int) -> list[int]:
        """The numbers of the people who hold it, in the order in which they are listed."""
        counts = self.counts.get(day)
        users = counts.users if counts is not None and self.counted is Counted.PEOPLE else 0
        numbers = list(range(self.first_person, self.first_person + users))
        if self.shared_person is not None and numbers:
            numbers[0] = self.shared_person
        return numbers

    def listed(self, day: int) -> list[int]:
        """Those of them that Webex lists."""
        numbers = self.holders(day)
        return numbers[: max(len(numbers) - self.unlisted, 0)]


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of the simulator on the days of the world."""

    subscription: Subscription
    line: Line
    totals: Mapping[int, int]
    assigned: Mapping[int, int]
    in_use: frozenset[int]


@dataclass
class LicenceMaker:
    """Makes the licences of one organisation."""

    customer: Customer
    site: str
    """The first site; others add a number."""
    draws: Draws
    days: Sequence[int]
    odd: bool
    """Whether people may hold several subscriptions, and lines may lack counts or list too few."""
    _next_person: dict[str, int] = field(default_factory=dict)
    _sites: list[str] = field(default_factory=list)
    _made_before: int = 0

    def licences(self, bought: Sequence[Bought]) -> Iterator[Licence]:
        """Everything that /licenses lists for it on any day."""
        heads: dict[int, int] = dict.fromkeys(self.days, 0)
        made = []
        for item in bought:
            made += list(self._parts(item))
        for licence in made:
            if licence.counted is Counted.PEOPLE:
                for day, counts in licence.counts.items():
                    heads[day] = max(heads[day], licence.first_person + counts.users)
        yield from made
        every_day = frozenset(self.days)
        had = {day: Counts(count, count, 0) for day, count in heads.items()}
        unused = {day: Counts(count, 0, 0) for day, count in heads.items()}
        for code in (*HEAD_COUNTED, *UNUSED):
            yield self._made(code, None, had if code in HEAD_COUNTED else unused, every_day)

    def _parts(self, item: Bought) -> Iterator[Licence]:
        code = item.line.code
        split = self.draws.pick((None, None, None, None, _TWO_SITES, _TWO_ORDERS)) if code == _MEETINGS else None
        parts = 1 if split is None else 2
        sites: Sequence[str | None] = [None]
        if code == _MEETINGS:
            first = self._site()
            sites = [first, self._site(another=True) if split == _TWO_SITES else first][:parts]
        made: list[Licence] = []
        for part, site in enumerate(sites):
            counts = {day: self._share(item, day, part, parts) for day in item.totals}
            made.append(self._made(code, item.subscription.subscription_id, counts, item.in_use, part, site, made))
        yield from made
        yield from self._extras(item)

    def _extras(self, item: Bought) -> Iterator[Licence]:
        extras = [code for code, odds in _EXTRAS.get(item.line.code, ()) if self.draws.chance(odds)]
        if self.odd and self.draws.chance(0.03):
            extras.append(UNKNOWN_CODE)
        for code in extras:
            is_held = code in CODES and CODES[code].counted is Counted.PEOPLE
            counts = {
                day: Counts(total if is_held else 10, min(item.assigned[day], 3) if is_held else 0, 0)
                for day, total in item.totals.items()
            }
            yield self._made(code, item.subscription.subscription_id, counts, item.in_use)

    def _share(self, item: Bought, day: int, part: int, parts: int) -> Counts:
        """A part's counts; the parts add up to the line's."""
        total, assigned = item.totals[day], item.assigned[day]
        if parts == 2:
            total, assigned = ((total + 1) // 2, (assigned + 1) // 2) if part == 0 else (total // 2, assigned // 2)
        if CODES[item.line.code].counted is Counted.WORKSPACES:
            return Counts(total, 0, assigned)
        workspaces = 1 if item.line.code == _CALLS and assigned >= 3 else 0
        return Counts(total, assigned - workspaces, workspaces)

    def _made(
        self,
        code: str,
        subscription_id: str | None,
        counts: Mapping[int, Counts],
        in_use: frozenset[int],
        part: int = 0,
        site: str | None = None,
        before: Sequence[Licence] = (),
    ) -> Licence:
        known = CODES.get(code, Code("A feature nobody knows yet", "other", Counted.NOBODY))
        is_seat = code in (_MEETINGS, _CALLS)
        first = self._next_person.get(code, 0) if is_seat else 0
        shared = None
        if self.odd and is_seat and first and self.draws.chance(0.5):
            shared = before[-1].first_person if before and self.draws.chance(0.5) else 0
        if is_seat:  # nobody holds two of them, but for the shared person
            self._next_person[code] = first + max((count.users for count in counts.values()), default=0)
        if self.odd and subscription_id is not None and self.draws.chance(0.01):
            counts = {day: Counts(None, count.users, count.workspaces) for day, count in counts.items()}
        is_long = known.counted is Counted.PEOPLE and subscription_id is not None
        self._made_before += 1  # ids differ, also of lines that a subscription has twice
        bare = uuid_of("licence", self.customer.customer_id, code, subscription_id, part, self._made_before)
        place = "" if site is None else f"_{site}"
        return Licence(
            organisation=self.customer.customer_id,
            identity=encoded("LICENSE", f"{self.customer.customer_id}:{code}_{bare}{place}"),
            code=code,
            name=_named(known.name, subscription_id),
            subscription_id=subscription_id,
            site=site,
            counted=known.counted,
            counts=counts,
            in_use=in_use,
            first_person=first,
            shared_person=shared,
            unlisted=1 if self.odd and is_long and self.draws.chance(0.02) else 0,
        )

    def _site(self, *, another: bool = False) -> str:
        """The site of the next meetings line: an own one, or (where odd) perhaps the one before it."""
        if self.odd and not another and self._sites and self.draws.chance(0.5):
            return self._sites[-1]
        number = len(self._sites)
        self._sites.append(self.site if number == 0 else self.site.replace(".webex.com", f"-{number}.webex.com"))
        return self._sites[-1]


def _named(name: str, subscription_id: str | None) -> str:
    """A line's name: some subscriptions call the same code otherwise."""
    return f"{name} (Enterprise)" if subscription_id is not None and subscription_id[-1] in "05" else name
