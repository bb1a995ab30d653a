"""Facts: a change or an action of a position, as the marts have it, and which rules are about it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from pipelines.alerting.rules import ACTIONS, Rule
from pipelines.digest import wording
from storage.reading.fact_rows import changed_positions, positions_to_act_on
from storage.reading.filters import known
from storage.reading.opening import PublishedMarts, Row

_BY_VALUE = ("end_moved", "licenses_up", "licenses_down")
"""Changes of which another new value is another fact; of the others the value moves from day to day, and is none."""
_CHANGES: Mapping[str, str] = {
    "added": "Added",
    "removed": "Gone",
    "end_moved": "Another end",
    "auto_renew_on": "Renews by itself now",
    "auto_renew_off": "No longer renews by itself",
    "converted": "Trial converted",
    "suspended": "Suspended",
    "resumed": "Active again",
    "licenses_up": "More licences",
    "licenses_down": "Fewer licences",
    "over_limit_entered": "Over its limit",
    "over_limit_left": "Within its limit again",
    "expiring_entered": "Expiring",
    "renewing_entered": "Renewing",
}


@dataclass(frozen=True)
class Fact:
    """A kind of change or action, of a position on an as-of date."""

    kind: str
    day: date
    row: Row = field(repr=False)
    is_first: bool = True
    """Whether the row's figures are about this action; of a further one only the position is known."""

    @property
    def key(self) -> str:
        """A hash that stays the same while the fact does, from which no id can be read."""
        row = self.row
        value = str(row["new_value"]) if self.kind in _BY_VALUE else ""
        facts = "\n".join((row["partner_id"], row["product"], row["subscription_id"], self.kind, value))
        return hashlib.sha256(facts.encode()).hexdigest()

    @property
    def line(self) -> str:
        """It in one line of plain text."""
        row = self.row
        name = wording.ACTIONS.get(self.kind) or _CHANGES[self.kind]
        owner = f", {wording.plain(row['owner'])}" if row["owner"] else ""
        said = f"{name}: {wording.plain(row['customer_name'])} ({wording.position(row)}{owner})"
        details = ", ".join(self._details())
        return f"{said}: {details}" if details else said

    def _details(self) -> Iterator[str]:
        row = self.row
        if self.kind in ACTIONS:
            if self.is_first:
                yield from (part for part in (wording.licences(row["licenses"]), self._worth()) if part)
                if due := wording.due(row["due_date"], self.day):
                    yield due
            return
        old, new = (wording.plain(value) if value is not None else "" for value in (row["old_value"], row["new_value"]))
        if old and new:
            yield f"{old} → {new}"
        elif old or new:
            yield old or new

    def _worth(self) -> str:
        row = self.row
        worth = wording.money(row["currency"], row["value_12m"])
        return "" if worth == wording.NOTHING else f"{worth} a year"


def facts_of(marts: PublishedMarts, days: Mapping[str, date]) -> list[Fact]:
    """The facts of each partner's as-of date, actions first.

    Raises:
        StorageError: an earlier version published this, without the marts.
    """
    found: list[Fact] = []
    for partner, day in sorted(days.items()):
        for row in positions_to_act_on(marts, partner, day):
            found.append(Fact(row["kind"], day, row))
            found += [Fact(kind, day, row, is_first=False) for kind in (row["also"] or "").split(", ") if kind]
        found += [Fact(row["kind"], day, row) for row in changed_positions(marts, partner, day)]
    return found


def is_about(rule: Rule, fact: Fact) -> bool:
    """Whether a rule tells of a fact; what a filter asks for and nobody knows leaves it out."""
    row = fact.row
    chosen = (
        (rule.partner, row["partner_id"]),
        (rule.owner, row["owner"]),
        (rule.segment, row["segment"]),
        (rule.product, row["product"]),
    )
    return (
        fact.kind in rule.on
        and all(names is None or value in names for names, value in chosen)
        and not {row["customer_id"], row["customer_name"]} & {*rule.excluded_customers}
        and (rule.auto_renewing or row["auto_renew"] is False)
        and _is_large_enough(rule, row)
        and _has_term(rule, row)
    )


def unknown_names(marts: PublishedMarts, days: Mapping[str, date], rule: Rule) -> Iterator[str]:
    """A line for each partner, owner and segment that a rule names and nobody has, on these dates or a week before.

    Raises:
        StorageError: an earlier version published this, without the marts.
    """
    published = marts.newest_days()
    for name in rule.partner or ():
        if name not in published:
            yield f"partner {wording.plain(name)} is not published"
    chosen = {name: day for name, day in days.items() if rule.partner is None or name in rule.partner}
    for column, names in (("owner", rule.owner), ("segment", rule.segment)):
        if not names or not chosen:
            continue
        there = set().union(*(known(marts, column, (day, day), name).get(name, ()) for name, day in chosen.items()))
        yield from (f"nobody has the {column} {wording.plain(name)}" for name in names if name not in there)


def _is_large_enough(rule: Rule, row: Row) -> bool:
    if rule.least_licenses is not None and (row["total_licenses"] or 0) < rule.least_licenses:
        return False
    if rule.least_money is None:
        return True
    value = row["position_value"] if row["position_currency"] == rule.least_money.currency else None
    return value is not None and value >= rule.least_money.amount


def _has_term(rule: Rule, row: Row) -> bool:
    """A term is from start to end in days; one without an end is longer than any."""
    start, end = row["start_date"], row["end_date"]
    days = (end - start).days if start is not None and end is not None else None
    if days is None:
        return rule.longest_term_days is None
    return (rule.shortest_term_days or 0) <= days and (rule.longest_term_days is None or days <= rule.longest_term_days)
