"""What an as-of day was built from, and which days would come out differently today.

A day depends on 90 days of usage, and on the snapshots that its partners see on it and a week earlier (the weekly
change). The ledger records each built day's inputs as one hash, and its rules in words; a day is stale when either
differs from what holds now.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from expectations.contract import LICENSE_USAGE
from storage.ledger.as_of_days import AsOfDays, DayRecord, unpublished_days
from storage.ledger.ledger import Ledger
from storage.staleness import (
    SNAPSHOT_DATASETS,
    USAGE_LOOK_BACK_DAYS,
    WEEKLY_CHANGE_DAYS,
    DayPlan,
    PartitionStates,
    days_between,
    partition_states,
    plan_days,
    pruned_days,
)

MOST_NAMED = 3
_VERSIONS = ("raw contract", "metrics")
"""Rules that are versions: what they were and what they are is said."""
BEFORE_OVER = "it was built before it was over"


@dataclass(frozen=True)
class Inputs:
    """The partitions that a build may read: their states, the hash of their accepted rows, when they changed."""

    states: PartitionStates
    hashes: Mapping[tuple[str, date], str]
    changed_at: Mapping[tuple[str, date], datetime]


def read_inputs(ledger: Ledger, first: date | None = None, last: date | None = None) -> Inputs:
    """The ledger's partitions of first..last."""
    records = ledger.partitions(first=first, last=last)
    changed_at = {(record.dataset, record.partition_date): record.ingested_at for record in records}
    for refusal in ledger.refusals(first=first, last=last):
        changed_at[refusal.dataset, refusal.partition_date] = refusal.refused_at
    return Inputs(
        partition_states(ledger, first, last),
        {(record.dataset, record.partition_date): record.content_hash for record in records},
        changed_at,
    )


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
    """The partitions that an as-of day's rows depend on; none for a blocked day."""
    if day in plan.blocked:
        return
    for usage_day in states.loaded_days(LICENSE_USAGE.name, day - timedelta(days=USAGE_LOOK_BACK_DAYS), day):
        yield LICENSE_USAGE.name, usage_day
    week_before = day - timedelta(days=WEEKLY_CHANGE_DAYS)
    seen_on = [day] if week_before in plan.blocked_look_back or week_before in plan.blocked else [week_before, day]
    for dataset in SNAPSHOT_DATASETS:
        for seen in seen_on:
            for partition in used_snapshots(dataset, seen, states, max_age):
                yield f"{dataset} of {'D' if seen == day else 'D-7'}", partition


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


def stale_days(
    records: Mapping[date, DayRecord], inputs: Inputs, rules: Mapping[str, str], max_age: int
) -> dict[date, str]:
    """The recorded days that would come out differently now, each with the cause in words; never a pruned one."""
    if not records:
        return {}
    plan = plan_days(min(records), max(records), inputs.states, max_age)
    records = {day: record for day, record in records.items() if day not in plan.pruned}
    now = input_hashes(plan, inputs, max_age)
    stale = {}
    for day, record in records.items():
        if now[day] != record.inputs_hash or outcome(day, plan) != record.outcome:
            stale[day] = _changed_inputs(day, record, plan, inputs, max_age)
        elif changed := changed_rules(record.rules, rules):
            stale[day] = changed
    return stale


def current_days(
    records: Mapping[date, DayRecord], inputs: Inputs, rules: Mapping[str, str], max_age: int
) -> list[date]:
    """The recorded days that the marts hold as they would come out now."""
    stale = stale_days(records, inputs, rules, max_age)
    pruned = pruned_days(records, inputs.states.kept_from, max_age)
    return [
        day for day, record in records.items() if record.outcome == "built" and day not in stale and day not in pruned
    ]


def carried_hashes(
    records: Mapping[date, DayRecord], before: Inputs, content_hashes: Mapping[tuple[str, date], str], max_age: int
) -> dict[date, str]:
    """New hashes for the recorded days that are made from the inputs `before`, once these partitions have other ones.

    For partitions that changed in a way that no mart shows; days that are stale for another reason stay so.
    """
    if not records:
        return {}
    plan = plan_days(min(records), max(records), before.states, max_age)
    after = replace(before, hashes={**before.hashes, **content_hashes})
    old, new = input_hashes(plan, before, max_age), input_hashes(plan, after, max_age)
    return {day: new[day] for day, record in records.items() if day in old and old[day] == record.inputs_hash}


def find_stale_days(
    ledger: Ledger,
    published: frozenset[date],
    published_at: datetime | None,
    rules: Mapping[str, str],
    max_age: int,
    provisional: date | None = None,
) -> dict[date, str]:
    """The published days that would come out differently now, each with its cause, in order.

    A recorded day without rows (blocked, say) counts, too; one that was built and is not published is missing instead.

    Args:
        published_at: when the publication was begun, in UTC without a zone; None where there is none.
        provisional: the published day that was built before it was over.
    """
    records = AsOfDays(ledger).records()
    counted = {day: record for day, record in records.items() if day in published or record.outcome != "built"}
    inputs = read_inputs(ledger)
    unfinished = published - counted.keys()
    unfinished -= pruned_days(unfinished, inputs.states.kept_from, max_age).keys()
    stale = dict.fromkeys(unfinished, "its last build did not finish")
    stale |= dict.fromkeys(unpublished_days(counted, published, published_at), "its last build was not published")
    stale |= stale_days(counted, inputs, rules, max_age)
    if provisional is not None and provisional in published:
        stale.setdefault(provisional, BEFORE_OVER)
    return dict(sorted(stale.items()))


def outcome(day: date, plan: DayPlan) -> str:
    """What a plan makes of a day: built, blocked or without_snapshot."""
    if day in plan.blocked:
        return "blocked"
    return "without_snapshot" if day in plan.without_snapshot else "built"


def changed_rules(before: str, rules: Mapping[str, str]) -> str:
    """The rules that differ from those recorded, in words; empty when none does."""
    recorded = _recorded_rules(before)
    names = sorted(name for name in recorded.keys() | rules.keys() if recorded.get(name) != rules.get(name))
    versions = [f"{name} {recorded.get(name, '?')} -> {rules.get(name, '?')}" for name in _VERSIONS if name in names]
    others = [name for name in names if name not in _VERSIONS]
    if versions:
        return f"rules changed: {', '.join([*versions, *others])}"
    return f"{', '.join(others)} changed" if others else ""


def _recorded_rules(text: str) -> dict[str, str]:
    """The rules as they were recorded. Version 0.1.0 called the contract's otherwise, and had none of the metrics."""
    recorded: dict[str, str] = json.loads(text)
    if "contract version" in recorded:
        recorded |= {"raw contract": recorded.pop("contract version"), "metrics": "1"}
    return recorded


def _changed_inputs(day: date, record: DayRecord, plan: DayPlan, inputs: Inputs, max_age: int) -> str:
    if day in plan.blocked:
        return f"{plan.blocked[day]} was refused"
    first = day - timedelta(days=USAGE_LOOK_BACK_DAYS)
    used = {
        (role.partition(" ")[0], partition) for role, partition in used_partitions(day, plan, inputs.states, max_age)
    }
    changed = sorted(
        f"{dataset} {partition}"
        for (dataset, partition), changed_at in inputs.changed_at.items()
        if changed_at > record.recorded_at
        and first <= partition <= day
        and ((dataset, partition) in used or inputs.states.is_refused(dataset, partition))
    )
    if not changed:
        return "its inputs changed"
    more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return f"{', '.join(changed[:MOST_NAMED])}{more} changed"
