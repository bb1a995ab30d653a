"""What an as-of day is made from: the partitions that its rows depend on, and one hash over them.

A day depends on 90 days of usage, and on the snapshots that its partners see on it and a week earlier (the weekly
change).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from planning.buildable import DayPlan, PartitionStates
from planning.days import days_between
from planning.look_back import activity_datasets, compared_days, look_back_days, snapshots_in_marts


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


def used_partitions(day: date, plan: DayPlan, states: PartitionStates, max_age: int) -> Iterator[tuple[str, date]]:
    """The partitions that an as-of day's rows depend on, each with its role there; none for a blocked day.

    Of an optional dataset only what is there counts: a day without any has the same hash as before it was declared.
    One that no mart reads counts for none.
    """
    if day in plan.blocked:
        return
    for dataset in activity_datasets():
        first = day - timedelta(days=look_back_days(dataset, max_age))
        for partition in states.loaded_days(dataset, first, day):
            yield dataset, partition
    without = {*plan.blocked_look_back, *plan.blocked}
    for dataset in snapshots_in_marts():
        for offset in compared_days(dataset):
            seen = day - timedelta(days=offset)
            if seen not in without:
                for partition in used_snapshots(dataset, seen, states, max_age):
                    yield f"{dataset} of {f'D-{offset}' if offset else 'D'}", partition


def input_hashes(plan: DayPlan, inputs: Inputs, max_age: int) -> dict[date, str]:
    """One hash for each day of a plan, over all that its rows depend on but the rules."""
    hashes = {}
    for day in days_between(plan.first, plan.last):
        lines = [
            f"{role} {partition} {inputs.hashes[role.partition(' ')[0], partition]}"
            for role, partition in used_partitions(day, plan, inputs.states, max_age)
        ]
        hashes[day] = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return hashes
