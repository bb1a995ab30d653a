"""Random small portfolios, and the landing folder that delivers them: a deterministic function of a seed.

Replay a failing seed with `python -m tests.reference.portfolios SEED DIR`.
"""

import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from .contract import (
    ACCOUNTS,
    BUYING_MODELS,
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_USAGE,
    OPTIONAL,
    SNAPSHOTS,
    SUBSCRIPTIONS,
)
from .delivery import Delivery
from .raw import Row, days

AS_OF_DAYS = 10
LAST_DAYS = ("2024-02-29", "2024-03-31", "2024-05-31", "2023-12-31", "2025-03-02", "2024-07-15")
PRICES = (None, "0", "4.5", "12.500000", "0.000001", "13.9", "999999999.999999", "1000000000")
PARTNERS = ("north", "00042", " padded ", 'Øst, "AG"')
NAMES = ("Acme", "Acme, Inc.", 'The "Best"', "Two\nLines", " Padded\t", "Žluťoučký kůň", "0042", "O'Neil; Sons")
TOTALS = (0, 1, 10, 24, 25, 99, 100, 499, 500, 1999, 2000, 2500)
OTHER_PRODUCTS = ("messaging", "call_on_webex", "contact_center", "devices", "other")
STATUSES = ("active",) * 12 + ("suspended",) * 3 + ("cancelled", "expired", "pending")


@dataclass
class Line:
    """A licence line; assigned drifts by a step a day."""

    product: str
    code: str
    total: int
    assigned: int
    drift: int
    gone_on: date | None

    def assigned_on(self, days_ago: int) -> int:
        return max(0, self.assigned - self.drift * days_ago)


@dataclass
class Subscription:
    """A subscription whose status, owner and renewal flag may each change once."""

    partner: str
    customer: str
    name: str
    is_trial: bool
    start: date
    end: date | None
    changes_on: date
    before: tuple[str, str, bool]
    after: tuple[str, str, bool]
    lines: list[Line] = field(default_factory=list)
    users: dict[str, list[str]] = field(default_factory=dict)

    def row(self, day: date) -> Row:
        customer, status, auto_renew = self.before if day < self.changes_on else self.after
        return {
            "partner_id": self.partner,
            "customer_id": customer,
            "subscription_id": self.name,
            "is_trial": self.is_trial,
            "status": status,
            "start_date": self.start,
            "end_date": self.end,
            "auto_renew": auto_renew,
        }


class Portfolio:
    """The truth that a landing folder then delivers, well or badly."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.terms_rng = random.Random(f"terms {seed}")  # what optional datasets say changes nothing of the others
        self.last = date.fromisoformat(self.rng.choice(LAST_DAYS)) + timedelta(days=self.rng.randint(-2, 4))
        self.first = self.last - timedelta(days=AS_OF_DAYS - 1)
        self.partners = self.rng.sample(PARTNERS, self.rng.choice((1, 2, 2, 3)))
        self.holders = self.rng.choice(("{}", "0{}", "u,{}"))  # licence holders: numbers, leading zeros, text
        self.customers: list[Row] = []
        self.subscriptions: list[Subscription] = []
        for partner in self.partners:
            self._add_partner(partner)

    def _add_partner(self, partner: str) -> None:
        rng = self.rng
        numbers = rng.choice(("{:04d}", "{}", "c-{}"))  # leading zeros, plain numbers, text
        ids = [numbers.format(number) for number in range(7, 7 + rng.randint(5, 9))]
        self.customers += [
            {
                "partner_id": partner,
                "customer_id": name,
                "customer_name": rng.choice(NAMES),
                "country_code": rng.choice(("NO", "NA", None)),
                "created_on": rng.choice((None, date(2019, 5, 4))),
            }
            for name in ids[:-1]  # the last one has subscriptions and is in no customers snapshot
        ]
        # A crowd in one size band, 7 or 8 strong on some days, with many equal ratios.
        crowd = rng.choice((0, 7, 8, 9))
        for number in range(crowd):
            total = rng.choice((25, 40, 40, 50, 80, 99))
            ending = self.first + timedelta(days=rng.randint(2, 7)) if number == 0 else rng.choice((None, self.last))
            share = rng.choice((0.2, 0.2, 0.5, 0.5, 0.6, 0.8, 0.8, 1.2))
            line = Line("meetings", "EE", total, int(total * share), rng.choice((0, 0, 1)), None)
            self._subscribe(partner, rng.choice(ids), f"{number:03d}", ending, [line], steady=number < 8)
        for number in range(rng.randint(5, 9)):
            lines = [
                Line(product, code, rng.choice(TOTALS), 0, rng.choice((0, 0, 1, -1, 3)), self._some_day(0.1))
                for product in ("meetings", "calling", rng.choice(OTHER_PRODUCTS))
                if rng.random() < 0.65
                for code in rng.sample(("EE", "STD", "a,b"), rng.choice((1, 1, 2)))
            ]
            for line in lines:
                line.assigned = int(line.total * rng.choice((0, 0.1, 0.5, 0.9, 1, 1, 1.3))) + rng.choice((0, 0, 1))
            self._subscribe(partner, rng.choice(ids), rng.choice(("S-{}", " S {}")).format(number), None, lines)

    def _subscribe(
        self, partner: str, customer: str, name: str, end: date | None, lines: list[Line], *, steady: bool = False
    ) -> None:
        rng = self.rng
        begin = self._near((-1, 0, 1, 7, 30, 89, 90, 91, 200, 365, 800), -1)
        if steady:
            begin = min(begin, self.first - timedelta(days=rng.choice((10, 90, 91))))
        elif rng.random() < 0.75:
            end = max(begin, self._near((-1, 0, 1, 30, 31, 89, 90, 91, 150, 500), 1))
        customers = [str(row["customer_id"]) for row in self.customers if row["partner_id"] == partner]
        status, auto_renew = ("active" if steady else rng.choice(STATUSES)), rng.random() < 0.5
        before = after = (customer, status, auto_renew)
        if not steady and rng.random() < 0.3:
            after = (rng.choice([customer, *customers]), rng.choice(STATUSES), rng.random() < 0.5)
        change = self.first + timedelta(days=rng.randint(-7, AS_OF_DAYS - 1))
        is_trial = not steady and rng.random() < 0.25
        found = Subscription(partner, customer, name, is_trial, begin, end, change, before, after, lines)
        for line in lines:
            found.users[line.product] = [self.holders.format(1000 + n) for n in range(rng.randint(0, 5))]
        self.subscriptions.append(found)

    def _near(self, distances: tuple[int, ...], direction: int) -> date:
        """Pick a date at a boundary's distance from an as-of date, or at a month's end."""
        pivot = self.first + timedelta(days=self.rng.randint(0, AS_OF_DAYS - 1))
        day = pivot + direction * timedelta(days=self.rng.choice(distances))
        if self.rng.random() < 0.25:
            return day.replace(day=1) - timedelta(days=self.rng.choice((1, 2))) + timedelta(days=31 * (direction > 0))
        return day

    def _some_day(self, chance: float) -> date | None:
        offset = timedelta(days=self.rng.randint(-8, AS_OF_DAYS))
        return self.first + offset if self.rng.random() < chance else None

    def snapshot_rows(self, dataset: str, day: date) -> list[Row]:
        """Return the true rows of a snapshot dataset on a day."""
        if dataset == CUSTOMERS.name:
            return [dict(row) for row in self.customers]
        if dataset == SUBSCRIPTIONS.name:
            return [subscription.row(day) for subscription in self.subscriptions]
        if dataset == ACCOUNTS.name:
            return self._account_rows()
        if dataset == CONTRACT_LINES.name:
            return self._contract_rows()
        return [
            {
                "partner_id": subscription.partner,
                "customer_id": self.rng.choice((subscription.customer,) * 9 + ("stale",)),
                "subscription_id": self._or_unknown(subscription.name),
                "product": line.product,
                "license_code": line.code,
                "license_name": self.rng.choice((None, "Name, of line")),
                "total_licenses": line.total,
                "assigned_licenses": line.assigned_on((self.last - day).days),
            }
            for subscription in self.subscriptions
            for line in subscription.lines
            if line.gone_on is None or day < line.gone_on
        ]

    def _account_rows(self) -> list[Row]:
        rng = self.terms_rng
        return [
            {
                "partner_id": customer["partner_id"],
                "customer_id": rng.choice((customer["customer_id"],) * 19 + ("nobody",)),
                "owner": rng.choice((None, "Kim Doe", 'O"Hara, Pat')),
                "segment": rng.choice((None, "SMB", "0042")),
                "sub_partner_id": rng.choice((None, "R-1", "7")),
            }
            for customer in self.customers
            if rng.random() < 0.8
        ]

    def _contract_rows(self) -> list[Row]:
        rng = self.terms_rng
        return [
            {
                "partner_id": subscription.partner,
                "customer_id": subscription.before[0],
                "subscription_id": rng.choice((subscription.name,) * 19 + ("nobody's",)),
                "product": line.product,
                "license_code": line.code,
                "currency": rng.choice(("EUR", "EUR", "USD")),
                "unit_price_month": _decimal(rng.choice(PRICES)),
                "unit_cost_month": _decimal(rng.choice(PRICES)),
                "notice_days": rng.choice((None, 0, 30, 3650)),
                "buying_model": rng.choice((None, *BUYING_MODELS)),
                "growth_allowance": _decimal(rng.choice((None, "0", "0.15", "10"))),
                "renewal_quantity": rng.choice((None, 0, 40)),
            }
            for subscription in self.subscriptions
            for line in subscription.lines
            if rng.random() < 0.8
        ]

    def _or_unknown(self, subscription: str) -> str:
        """Refer to a subscription that no snapshot holds, now and then."""
        return subscription if self.rng.random() > 0.02 else "nobody's"

    def usage_rows(self) -> list[Row]:
        """Return one day's usage."""
        rng = self.rng
        return [
            {
                "partner_id": subscription.partner,
                "customer_id": subscription.customer,
                "subscription_id": self._or_unknown(subscription.name),
                "product": product,
                "user_id": user,
                "activity_count": rng.randint(1, 9),
            }
            for subscription in self.subscriptions
            for product, users in subscription.users.items()
            if rng.random() < 0.4
            for user in users
            if rng.random() < 0.5
        ]


def write_portfolio(seed: int, folder: Path) -> tuple[date, date]:
    """Write the landing folder of a seed; return the first and the last as-of date to build."""
    portfolio = Portfolio(seed)
    rng, first, last = portfolio.rng, portfolio.first, portfolio.last
    delivery = Delivery(rng, folder)
    refusals = rng.choice((0, 0.03, 0.05))  # the first: a range that is published whole
    for dataset in SNAPSHOTS:
        lost = _lost_stretch(rng, first)
        for day in days(first - timedelta(days=11), last):
            rows = _without_some_partners(portfolio, portfolio.snapshot_rows(dataset.name, day))
            if rows and day not in lost and rng.random() > 0.12:
                delivery.deliver(dataset, day, rows, refused=rng.random() < refusals)
            elif rng.random() < 0.2:
                delivery.leave_ignored_file(dataset, day)  # still missing
    edges = set(days(first - timedelta(days=91), last - timedelta(days=88)))
    for day in days(first - timedelta(days=92), last):
        is_recent = day >= first - timedelta(days=14)
        if rng.random() > (0.88 if is_recent or day in edges else 0.12):
            continue
        rows = [] if rng.random() < 0.08 else _without_some_partners(portfolio, portfolio.usage_rows())
        delivery.deliver(LICENSE_USAGE, day, rows, refused=rng.random() < refusals)
    _write_terms(portfolio, folder)
    return first, last


def _write_terms(portfolio: Portfolio, folder: Path) -> None:
    """Deliver the optional datasets on some days; a third of the portfolios has one of them or none."""
    rng, first, last = portfolio.terms_rng, portfolio.first, portfolio.last
    delivery = Delivery(rng, folder)
    refusals = rng.choice((0, 0.1, 0.2))
    for dataset in OPTIONAL:
        chance = rng.choice((0, 0.2, 0.6))
        for day in days(first - timedelta(days=4), last):
            rows = portfolio.snapshot_rows(dataset.name, day)
            if rows and rng.random() < chance:
                delivery.deliver(dataset, day, rows, refused=rng.random() < refusals)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _lost_stretch(rng: random.Random, first: date) -> set[date]:
    """Lose four or five days in a row, in a third of the cases: more than a snapshot's age bridges."""
    begin = first + timedelta(days=rng.randint(-9, AS_OF_DAYS))
    return set(days(begin, begin + timedelta(days=rng.choice((3, 4))))) if rng.random() < 0.33 else set()


def _without_some_partners(portfolio: Portfolio, rows: list[Row]) -> list[Row]:
    """Leave a partner out of a partition, now and then."""
    absent = {partner for partner in portfolio.partners if portfolio.rng.random() < 0.07}
    return [row for row in rows if row["partner_id"] not in absent]


if __name__ == "__main__":
    begin, end = write_portfolio(int(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(f"portfolio materialize --landing {sys.argv[2]} --home HOME --from {begin} --to {end}\n")
