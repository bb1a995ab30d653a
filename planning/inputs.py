"""What an as-of day is made from: the partitions that its rows depend on, and one hash over them.

A day depends on 90 days of usage, and on the snapshots that its partners see on it, a week earlier (the weekly change)
and on the farther days that its marts look at.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial

from planning.buildable import DayPlan, PartitionStates
from planning.days import days_between
from planning.look_back import (
    activity_datasets,
    compared_days,
    days_before,
    look_back_days,
    required_snapshots,
    snapshots_in_marts,
)

Seen = Callable[[str, date], list[date]]
"""The partitions of a dataset that a day sees."""


@dataclass(frozen=True)
class Inputs:
    """The partitions that a build may read: their states, the hash of their accepted rows, when they changed."""

    states: PartitionStates
    hashes: Mapping[tuple[str, date], str]
    changed_at: Mapping[tuple[str, date], datetime]


def used_snapshots(dataset: str, day: date, states: PartitionStates, max_age: int) -> list[date]:
    """The partitions of a snapshot dataset that a partner sees on a day: each partner's newest, not too old."""
    seen: frozenset[str] = frozenset()
    used = []
    for partition in reversed(list(days_between(day - timedelta(days=max_age), day))):
        partners = states.partners(dataset, partition)
        if partners - seen:
            used.append(partition)
            seen |= partners
    return used


def used_partitions(
    day: date,
    plan: DayPlan,
    states: PartitionStates,
    max_age: int,
    seen_on: Seen | None = None,
    *,
    hinges_alone: bool = False,
) -> Iterator[tuple[str, date]]:
    """The partitions that an as-of day's rows depend on, each with its role there; none for a blocked day.

    Of an optional dataset only what is there counts: a day without any has the same hash as before it was declared.
    One that no mart reads counts for none.

    Args:
        seen_on: `used_snapshots` of these states, as somebody has it who asks for many days.
        hinges_alone: leave out what nothing hinges on: optional datasets, and the days farther back than a week.
    """
    seen_on = seen_on or partial(used_snapshots, states=states, max_age=max_age)
    if day in plan.blocked:
        return
    for dataset in activity_datasets():
        first = day - timedelta(days=look_back_days(dataset, max_age))
        for partition in states.loaded_days(dataset, first, day):
            yield dataset, partition
    blocked, unseen = {*plan.blocked_look_back, *plan.blocked}, set(plan.unseen_look_back)
    for dataset in required_snapshots() if hinges_alone else snapshots_in_marts():
        hinging = compared_days(dataset)
        for offset in hinging if hinges_alone else days_before(dataset):
            seen = day - timedelta(days=offset)
            if seen not in (blocked if offset in hinging else unseen):
                for partition in seen_on(dataset, seen):
                    yield f"{dataset} of {f'D-{offset}' if offset else 'D'}", partition


def input_hashes(plan: DayPlan, inputs: Inputs, max_age: int, *, hinges_alone: bool = False) -> dict[date, str]:
    """One hash for each day of a plan, over all that its rows depend on but the rules.

    Args:
        hinges_alone: as ledgers hold them of builds by mart contract 1.1 and before, which looked at nothing else.
    """
    hashes = {}
    seen_on = cache(partial(used_snapshots, states=inputs.states, max_age=max_age))
    for day in days_between(plan.first, plan.last):
        lines = [
            f"{role} {partition} {inputs.hashes[role.partition(' ')[0], partition]}"
            for role, partition in used_partitions(
                day, plan, inputs.states, max_age, seen_on, hinges_alone=hinges_alone
            )
        ]
        hashes[day] = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return hashes
