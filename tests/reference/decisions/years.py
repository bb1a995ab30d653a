"""Random portfolios that reach back a year, but deliver only around the days that decisions look back on.

A deterministic function of a seed. Totals, shares, dates and terms are drawn at the edges of the rules.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ..contract import LICENSE_USAGE, SNAPSHOTS
from ..raw import Row, days
from .year_terms import deliver_terms

AS_OF_DAYS = 4
LAST_DAYS = ("2024-02-29", "2024-03-01", "2025-02-28", "2025-03-02", "2024-05-31", "2023-12-31", "2024-07-15")
LOOK_BACKS = (28, 90, 118, 180, 208, 365)
RECENT_DAYS = 8
ERAS = (15, 60, 104, 149, 194, 300, 400)
"""Days before the last as-of day at which the shares of all positions are drawn anew."""
TOTALS = (0, 1, 7, 10, 19, 20, 20, 24, 40, 100, 100, 101, 1000)
HUGE = 2**62
SHARES = (0, 50, 50, 79, 80, 85, 89, 90, 94, 95, 96, 99, 100, 101, 115, 120, 130)
GROWTH = (-10, -5, 0, 1, 5, 10)
LONG_AGO = (-1200, -800, -731, -400)

Delivered = dict[tuple[str, date], list[Row] | None]


@dataclass
class Line:
    """A licence line: its total, and percents of it that are assigned, by era."""

    product: str
    code: str
    total: int
    percents: list[int]

    def row(self, days_ago: int, added: int) -> Row:
        era = next(number for number, until in enumerate(ERAS) if days_ago < until)
        assigned = self.total * self.percents[era] // 100
        return {
            "product": self.product,
            "license_code": self.code,
            "license_name": None,
            "total_licenses": self.total,
            "assigned_licenses": max(assigned + added, 0),
        }


@dataclass
class Contract:
    """A subscription, and what happens to it on single days: `events` changes its columns from a day on."""

    partner: str
    name: str
    columns: Row
    lines: list[Line]
    events: list[tuple[date, Row]] = field(default_factory=list)

    def on(self, day: date) -> Row:
        """The subscription's columns on a day; `added`, `grown` and `gone` are those of its lines."""
        columns = {**self.columns}
        for since, changed in self.events:
            if since <= day:
                columns |= changed
        return columns


class YearPortfolio:
    """What two partners have over a year."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"year {seed}")
        self.last = date.fromisoformat(self.rng.choice(LAST_DAYS)) + timedelta(days=self.rng.randint(-1, 2))
        self.first = self.last - timedelta(days=AS_OF_DAYS - 1)
        self.contracts: list[Contract] = []
        self.customers = [(partner, f"c{number}") for partner in ("north", "south") for number in range(6)]
        for partner, crowd, steady in (("north", 18, 14), ("south", self.rng.choice((3, 14)), self.rng.choice((0, 9)))):
            for number in range(crowd):
                self._sign(partner, f"s{number}")
            for number in range(steady):
                self._sign_for_years(partner, f"y{number}")
            for number in range(8):
                self._turn(partner, f"t{number}")
            if self.rng.random() < 0.4:
                percents = [self.rng.choice((50, 95, 100)) for _ in ERAS]
                lines = [Line(product, "EE", HUGE, percents) for product in ("meetings", "calling")]
                columns = self._columns(partner) | {"start_date": self.last - timedelta(days=800)}
                self.contracts.append(Contract(partner, "huge 0", columns, lines))

    def _columns(self, partner: str) -> Row:
        rng = self.rng
        customer = rng.choice([name for owner, name in self.customers if owner == partner] + ["nobody"])
        return {
            "customer_id": customer,
            "is_trial": rng.random() < 0.2,
            "status": rng.choice(("active",) * 6 + ("suspended", "suspended", "cancelled")),
            "auto_renew": rng.random() < 0.4,
            "end_date": None,
        }

    def _sign(self, partner: str, name: str) -> None:
        rng = self.rng
        columns = self._columns(partner)
        columns["start_date"] = self._start()
        columns["end_date"] = self._end(columns["start_date"])
        lines = []
        for product in rng.choice((("meetings",), ("calling",), ("meetings", "calling"), ("meetings", "messaging"))):
            for code in ("EE", "STD")[: rng.choice((1, 1, 1, 2))]:
                steady = rng.choice(SHARES)
                percents = _grown(rng, [steady if rng.random() < 0.3 else rng.choice(SHARES) for _ in ERAS])
                lines.append(Line(product, code, rng.choice(TOTALS), percents))
        contract = Contract(partner, name, columns, lines)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            since = self.first - timedelta(days=rng.randint(-AS_OF_DAYS, RECENT_DAYS))
            contract.events.append((since, self._event(contract)))
        for back in LOOK_BACKS:
            if rng.random() < 0.15:
                since = self.last - timedelta(days=back + rng.randint(-2, AS_OF_DAYS))
                contract.events.append((since, rng.choice(({"gone": True}, {"gone": False}, {"is_trial": False}))))
        contract.events.sort(key=lambda event: event[0])
        self.contracts.append(contract)

    def _sign_for_years(self, partner: str, name: str) -> None:
        """A contract that is there all year, within its limit before and over it now, or not: a cohort's."""
        rng = self.rng
        now = (80, 96, 101, 105, 120) if rng.random() < 0.7 else SHARES
        percents = [rng.choice(now), *(rng.choice((50, 50, 85, 92, 96, 100, 104)) for _ in ERAS[1:])]
        line = Line("meetings", "EE", rng.choice((20, 100, 101, 1000)), _grown(rng, percents))
        begun = self.last - timedelta(days=rng.choice((800, 800, 365 + 334, 365 + 300, 365 + 274)))
        columns = self._columns(partner) | {"start_date": begun, "status": "active"}
        self.contracts.append(Contract(partner, name, columns | {"is_trial": False}, [line]))

    def _turn(self, partner: str, name: str) -> None:
        """A contract that something becomes of about D-7, and now and then one that takes its place."""
        rng = self.rng
        end = rng.choice(days(self.first - timedelta(days=RECENT_DAYS), self.last - timedelta(days=5)))
        after = end + timedelta(days=1)
        columns = self._columns(partner) | {"start_date": end - timedelta(days=400)}
        columns["status"] = rng.choice(("active", "active", "suspended"))
        columns["end_date"] = rng.choice((end, end, end + timedelta(days=12), None))
        moved = None if rng.random() < 0.2 else end + timedelta(days=rng.choice((39, 40, 41, 300)))
        events: tuple[list[tuple[date, Row]], ...] = (
            [(after, {"gone": True})],
            [(after, {"gone": True})],
            [(after, {"is_trial": False, "end_date": moved})],
            [(after, {"end_date": moved, "status": "active"})],
            [(after + timedelta(days=rng.randint(1, 6)), {"end_date": moved, "is_trial": rng.random() < 0.3})],
        )
        line = Line(
            rng.choice(("meetings", "calling")), "EE", rng.choice((10, 20, 100)), [rng.choice(SHARES)] * len(ERAS)
        )
        self.contracts.append(Contract(partner, name, columns, [line], rng.choice(events)))
        if rng.random() < 0.5:
            heir = {
                "start_date": end - timedelta(days=rng.choice((31, 30, 29, -1, -3))),
                "is_trial": rng.random() < 0.3,
            }
            total = rng.choice((0, 5, 30, 100, 100))
            heir_line = Line(line.product, "EE", total, [rng.choice(SHARES)] * len(ERAS))
            self.contracts.append(Contract(partner, f"{name} heir", {**columns, "end_date": None} | heir, [heir_line]))

    def _start(self) -> date:
        """Long ago, at an edge of a rule's days, or on a day that not every month or year has."""
        rng = self.rng
        pivot = rng.choice(days(self.first, self.last))
        recent = (0, 1, 6, 7, 30, 36, 37, 38, 44, 89, 90, 91, 179, 180, 365, 366)
        year = self.last.year - rng.choice((1, 1, 2, 3))
        leap = year - year % 4
        odd = (date(leap, 2, 29), date(year, 1, 31), date(year, 3, 31), date(year, 8, 31), date(year, 2, 28))
        if rng.random() < 0.25:
            return rng.choice(odd)
        if rng.random() < 0.2:  # measured about now: eleven months ago and a day
            return pivot - timedelta(days=rng.choice((272, 273, 274, 275, 333, 334, 335, 336, 365)))
        return pivot + timedelta(days=rng.choice(LONG_AGO) if rng.random() < 0.7 else -rng.choice(recent))

    def _end(self, start: date) -> date | None:
        rng = self.rng
        pivot = rng.choice(days(self.first - timedelta(days=RECENT_DAYS), self.last))
        near = (-1, 0, 1, 5, 29, 29, 30, 31, 60, 61, 89, 90, 91, 97, 120, 121, 150, 151, 300)
        if rng.random() < 0.2:
            return None
        if rng.random() < 0.1:  # about a true forward
            return start + timedelta(days=rng.choice((365, 366, 367, 731, 1096)))
        return max(start, pivot + timedelta(days=rng.choice(near)))

    def _event(self, contract: Contract) -> Row:
        rng = self.rng
        end = contract.columns["end_date"]
        later = None if end is None else end + timedelta(days=rng.choice((-1, 1, 27, 28, 29, 365)))
        moved = rng.choice((later, later, None))
        changes: tuple[Row, ...] = (
            {"gone": True},
            {"gone": False},
            {"end_date": None if moved is None else max(moved, contract.columns["start_date"])},
            {"end_date": None if moved is None else max(moved, contract.columns["start_date"]), "is_trial": False},
            {"is_trial": rng.random() < 0.3},
            {"status": rng.choice(("active", "active", "suspended", "expired"))},
            {"auto_renew": rng.random() < 0.5},
            {"grown": rng.choice(GROWTH)},
            {"added": rng.choice(GROWTH)},
            {"customer_id": rng.choice(self.customers)[1]},
        )
        return rng.choice(changes)

    def snapshot(self, dataset: str, day: date) -> list[Row]:
        """The rows of a snapshot on a day."""
        if dataset == "customers":
            known = [pair for number, pair in enumerate(self.customers) if number % 6 or day.day % 2]
            return [
                {"partner_id": p, "customer_id": c, "customer_name": f"{c} of {day:%Y-%m}", "country_code": None}
                | {"created_on": None}
                for p, c in known
            ]
        rows = []
        for contract in self.contracts:
            columns = contract.on(day)
            lines = {name: columns.pop(name, 0) for name in ("gone", "grown", "added")}
            names = {"partner_id": contract.partner, "subscription_id": contract.name}
            if dataset == "subscriptions":
                rows.append(names | columns)
            elif not lines["gone"]:
                rows += [names | {"customer_id": "stale"} | self._line(line, day, lines) for line in contract.lines]
        return rows

    def _line(self, line: Line, day: date, changes: Row) -> Row:
        row = line.row((self.last - day).days, changes["added"])
        return row | {"total_licenses": max(row["total_licenses"] + changes["grown"], 0)}


def _grown(rng: random.Random, percents: list[int]) -> list[int]:
    """Percents by era, some of which are little above those of the era four weeks before."""
    for era in (0, 2, 4):
        if rng.random() < 0.4:
            percents[era] = percents[era + 1] + rng.choice((0, 1, 4, 5, 6))
    return percents


def year_portfolio(seed: int) -> tuple[Delivered, date, date]:
    """What a seed's portfolio delivers, and the first and the last as-of date to build."""
    portfolio = YearPortfolio(seed)
    rng, first, last = portfolio.rng, portfolio.first, portfolio.last
    delivered: Delivered = {}
    clusters = [days(first - timedelta(days=RECENT_DAYS + 2), last)]
    clusters += [days(first - timedelta(days=back + 1), last - timedelta(days=back)) for back in LOOK_BACKS]
    refusals = rng.choice((0, 0.02, 0.06))
    for dataset in SNAPSHOTS:
        for cluster in clusters:
            lost = rng.random() < 0.08  # days that no partner is seen on
            for day in cluster:
                if rng.random() < (0.9 if lost else 0.15):
                    continue
                absent = {partner for partner in ("north", "south") if rng.random() < 0.05}
                rows = [row for row in portfolio.snapshot(dataset.name, day) if row["partner_id"] not in absent]
                delivered[dataset.name, day] = None if rng.random() < refusals else rows
    _deliver_usage(portfolio, delivered, refusals)
    deliver_terms(rng, first, last, portfolio.snapshot("license_assignments", last), portfolio.customers, delivered)
    return {key: rows for key, rows in delivered.items() if rows is None or rows}, first, last


def _deliver_usage(portfolio: YearPortfolio, delivered: Delivered, refusals: float) -> None:
    """Usage of a product on about as many days as usage can tell from, and of few holders."""
    rng = portfolio.rng
    every = days(portfolio.first - timedelta(days=96), portfolio.last)
    told = {product: set(rng.sample(every, rng.choice((44, 47, 50, 52, 80)))) for product in ("meetings", "calling")}
    holders = {contract.name: rng.choice((0, 1, 6, 9, 12, 20)) for contract in portfolio.contracts}
    for day in every:
        rows: list[Row] = []
        for product, chosen in told.items():
            if day in chosen:
                rows += [_used(partner, "elsewhere", product, "u") for partner in ("north", "south")]
        if rng.random() < 0.1:
            rows += [
                _used(contract.partner, contract.name, line.product, f"u{number}")
                for contract in portfolio.contracts
                for line in contract.lines[:1]
                for number in range(holders[contract.name])
                if day in told.get(line.product, ()) and rng.random() < 0.7
            ]
        if rows:
            delivered[LICENSE_USAGE.name, day] = None if rng.random() < refusals else rows


def _used(partner: str, subscription: str, product: str, user: str) -> dict[str, Any]:
    names = {"partner_id": partner, "customer_id": "c0", "subscription_id": subscription, "product": product}
    return names | {"user_id": user, "activity_count": 1}
