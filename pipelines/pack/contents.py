"""A pack's contents in order, before any format: head figures, recommendations, charts and tables of typed cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from pipelines.pack.advice import BASE_RATE, Advice, advice
from pipelines.pack.figures import LEAST_PEERS, YEAR_DAYS, Figures, Peers
from pipelines.pack.wording import NOTHING, PRODUCT_NAMES, count, day, label, money, percent

_LEAST_AXIS_DAYS = 28


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    """Fractions, in whole percents: finer figures of a group might tell of one."""
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True)
class Table:
    """A titled table; `lead` says what it is, `empty` what is said where it has no rows."""

    title: str
    lead: str
    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[Any]]
    empty: str


@dataclass(frozen=True)
class Chart:
    """Licences of a product by day; None is a day of which it is not known."""

    title: str
    days: Sequence[date]
    lines: Mapping[str, Sequence[int | None]]
    first: date
    last: date
    """What the axis spans."""


@dataclass(frozen=True)
class Head:
    """A head figure as text; with its value where one count, amount or date is all that it says."""

    name: str
    text: str
    kind: Kind = Kind.TEXT
    value: Any = None
    currency: str | None = None
    """Of an amount."""


@dataclass(frozen=True)
class Contents:
    """All that a pack says; each format draws it."""

    name: str
    subtitle: str
    head: Sequence[Head]
    advice: Sequence[Advice]
    no_advice: str
    charts: Sequence[Chart]
    tables: Sequence[Table]
    notes: Sequence[str]

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """The head figures as people read them: what each is called, and what it is."""
        return [(figure.name, figure.text) for figure in self.head]


def contents(figures: Figures, headroom: int) -> Contents:
    """The pack of a customer's figures; `headroom` is that of `advice`."""
    about = [figures.customer.customer_id, *_given(figures.overview, "country_code", "segment")]
    owner = figures.overview["owner"]
    return Contents(
        figures.customer.name,
        " · ".join([f"Licence review as of {figures.day}", *about, *([f"looked after by {owner}"] if owner else [])]),
        _head(figures),
        advice(figures, headroom),
        "Nothing has to be done for this customer now.",
        _charts(figures),
        [_subscriptions(figures), _peers(figures), _dates(figures), _risk(figures)],
        list(_notes(figures)),
    )


def _given(row: Any, *names: str) -> list[str]:
    return [str(row[name]) for name in names if row[name]]


def _head(figures: Figures) -> list[Head]:
    row = figures.overview
    value, currency, end = row["value_12m"], row["currency"], row["next_end_date"]
    worth = money(value, currency) if value is not None else _by_currency(figures)
    return [
        Head("Subscriptions", count(row["subscriptions"]), Kind.COUNT, row["subscriptions"]),
        Head("Licences purchased", count(row["total_licenses"]), Kind.COUNT, row["total_licenses"]),
        Head("Assigned", f"{count(row['assigned_licenses'])} ({percent(row['assignment_ratio'])})"),
        Head("Used in 7 days", f"{count(row['used_licenses'])} ({percent(row['usage_ratio'])})"),
        Head("Value of 12 months", worth, Kind.MONEY, value, currency),
        Head("Next end", day(end), Kind.DATE, end),
    ]


def _by_currency(figures: Figures) -> str:
    """The known values of each currency side by side: they are never added."""
    sums: dict[str, float] = {}
    for row in figures.positions:
        if row["value_12m"] is not None:
            sums[row["currency"]] = sums.get(row["currency"], 0.0) + row["value_12m"]
    return ", ".join(money(value, currency) for currency, value in sorted(sums.items())) or NOTHING


def _charts(figures: Figures) -> list[Chart]:
    found = []
    for product in sorted({row["product"] for row in figures.history}, reverse=True):
        rows = [row for row in figures.history if row["product"] == product]
        names = {"Purchased": "total", "Assigned": "assigned", "Used in 7 days": "used"}
        lines = {
            title: [None if row[name] is None else int(row[name]) for row in rows] for title, name in names.items()
        }
        first = min(rows[0]["day"], figures.day - timedelta(days=_LEAST_AXIS_DAYS))
        found.append(Chart(f"{_product(product)} licences", [row["day"] for row in rows], lines, first, figures.day))
    return found


def _subscriptions(figures: Figures) -> Table:
    columns = [
        *(("Subscription", Kind.TEXT), ("Product", Kind.TEXT), ("Ends", Kind.DATE), ("Renews", Kind.TEXT)),
        *((name, Kind.COUNT) for name in ("Purchased", "Assigned", "Used in 7 d", "Used in 90 d")),
        ("Value of 12 months", Kind.MONEY),
        ("Currency", Kind.TEXT),
    ]
    rows = [
        [
            label(row),
            _product(row["product"]),
            row["end_date"],
            "trial" if row["is_trial"] else "by itself" if row["auto_renew"] else "if ordered",
            *(row[name] for name in ("total_licenses", "assigned_licenses", "used_licenses", "used_licenses_90d")),
            row["value_12m"],
            row["currency"],
        ]
        for row in figures.positions
    ]
    return Table("Subscriptions", "In force on the date above, by product.", columns, rows, "None is in force.")


def _peers(figures: Figures) -> Table:
    columns = [
        *(("Product", Kind.TEXT), ("Of purchased licences", Kind.TEXT), ("This customer", Kind.PERCENT)),
        *(("Lower quarter", Kind.PERCENT), ("Median", Kind.PERCENT), ("Upper quarter", Kind.PERCENT)),
        ("Other customers", Kind.COUNT),
    ]
    rows = []
    for peers in figures.peers:
        for what, own, quartiles in _measures(peers):
            others = [round(value, 2) for value in quartiles] if quartiles else [None] * 3
            rows.append([_product(peers.product), what, own, *others, peers.others if quartiles else None])
    lead = (
        "Beside the partner's other customers with licences of the product. Where there are fewer than"
        f" {LEAST_PEERS}, nothing is said of them."
    )
    return Table("Adoption beside others", lead, columns, rows, "There are no licences to compare.")


def _measures(peers: Peers) -> list[tuple[str, float | None, Sequence[float] | None]]:
    return [
        ("assigned", peers.assigned, peers.assigned_quartiles),
        ("used in 7 days", peers.used, peers.used_quartiles),
    ]


def _dates(figures: Figures) -> Table:
    found: list[list[Any]] = []
    for row in figures.positions:
        key, where = (row["product"], row["subscription_id"]), (label(row), _product(row["product"]))
        if row["end_date"] is not None:
            what = "trial ends" if row["is_trial"] else "renews by itself" if row["auto_renew"] else "ends"
            found.append([row["end_date"], what, *where])
            if row["notice_days"]:  # of every position: the worklist has only what is to be decided on soon
                last = row["end_date"] - timedelta(days=row["notice_days"])
                found.append([last, "last day to change or cancel", *where])
        if forward := figures.true_forward.get(key):
            found.append([forward["measured_on"], "agreement is measured", *where])
            found.append([forward["true_forward_date"], "true forward", *where])
    until = figures.day + timedelta(days=YEAR_DAYS)
    near = sorted((row for row in found if row[0] <= until), key=lambda row: (row[0], row[2], row[1]))
    columns = [("Date", Kind.DATE), ("What", Kind.TEXT), ("Subscription", Kind.TEXT), ("Product", Kind.TEXT)]
    lead = "In the coming 12 months, and decisions that are overdue."
    return Table("Dates", lead, columns, near, "There are none in the coming 12 months.")


def _risk(figures: Figures) -> Table:
    """Each probability has its caveat beside it, as a column of its own."""
    is_skilled = figures.skill is not None and figures.skill > 0
    columns = [
        *(("Subscription", Kind.TEXT), ("Product", Kind.TEXT), ("Licences left", Kind.COUNT), ("Assigned", Kind.TEXT)),
        *(
            ("Growth in 28 days", Kind.TEXT),
            ("Over the limit in 90 days", Kind.PERCENT),
            ("The forecast is", Kind.TEXT),
        ),
    ]
    labels = {(row["product"], row["subscription_id"]): label(row) for row in figures.positions}
    rows = [
        [
            labels[key],
            _product(row["product"]),
            row["headroom_licenses"],
            row["headroom_band"],
            row["growth_band"],
            row["probability_over_limit_90d"],
            "better than the base rate" if is_skilled else BASE_RATE,
        ]
        for key, row in figures.risk.items()
        if row["probability_over_limit_90d"] is not None
    ]
    rows.sort(key=lambda row: (-row[5], row[0]))
    skill = "not known" if figures.skill is None else f"{figures.skill:+.3f}"
    lead = (
        "As often as the partner's subscriptions went over their limit that stood the same way 90 days ago."
        f" Forecast skill: {skill}."
    )
    return Table("Risk of exceeding", lead, columns, rows, "There is nothing to judge by: no comparable history.")


def _notes(figures: Figures) -> list[str]:
    row, notes = figures.overview, []
    if figures.is_provisional:
        notes.append("Provisional: built before the day was over (UTC).")
    if row["subscriptions"] and row["unpriced_subscriptions"] == row["subscriptions"]:
        notes.append("No prices are known: the terms of these licences were not delivered (contract_lines).")
    elif row["unpriced_subscriptions"]:
        notes.append(
            f"The price of {row['unpriced_subscriptions']} of {row['subscriptions']} subscriptions is not known."
        )
    if row["owner"] is None:
        notes.append("No owner is known: who looks after this customer was not delivered (accounts).")
    published = {row["day"] for row in figures.history}
    if published and len(published) < YEAR_DAYS:
        notes.append(
            f"Charts show the days that are published, {len(published)} of {YEAR_DAYS + 1}, from {min(published)}."
        )
    notes.append("Amounts of several currencies are never added. Used: with a meeting or call in that time.")
    return notes


def _product(name: str) -> str:
    return PRODUCT_NAMES.get(name, name)
