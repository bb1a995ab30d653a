"""Which built days are stale: they would come out differently today.

The ledger records each built day's inputs as one hash (`planning.inputs`), and its rules in words; a day is stale when
either differs from what holds now.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from planning.buildable import DayPlan, plan_days
from planning.inputs import Inputs, input_hashes, used_partitions
from planning.look_back import is_in_marts, looked_back_from, pruned_days
from planning.records import DayRecord, Outcome

MOST_NAMED = 3
_VERSIONS = ("raw contract", "metrics")
"""Rules that are versions: what they were and what they are is said."""
BEFORE_OVER = "it was built before it was over"


def stale_days(
    records: Mapping[date, DayRecord], inputs: Inputs, rules: Mapping[str, str], max_age: int
) -> dict[date, str]:
    """The recorded days that would come out differently now, each with the cause in words; never a pruned one."""
    if not records:
        return {}
    plan = plan_days(min(records), max(records), inputs.states, max_age)
    records = {day: record for day, record in records.items() if day not in plan.pruned}
    now = input_hashes(plan, inputs, max_age)
    before = now
    if any(now[day] != record.inputs_hash for day, record in records.items()):
        before = input_hashes(plan, inputs, max_age, hinges_alone=True)
    stale = {}
    for day, record in records.items():
        changed = changed_rules(record.rules, rules)
        same = outcome(day, plan) == record.outcome
        if same and changed and record.inputs_hash in (now[day], before[day]):
            # What an earlier version looked at is as it was: that this one looks at more is a change of the rules.
            stale[day] = changed
        elif not same or record.inputs_hash != now[day]:
            stale[day] = _changed_inputs(day, record, plan, inputs, max_age)
    return stale


def current_days(
    records: Mapping[date, DayRecord], inputs: Inputs, rules: Mapping[str, str], max_age: int
) -> list[date]:
    """The recorded days that the marts hold as they would come out now."""
    stale = stale_days(records, inputs, rules, max_age)
    pruned = pruned_days(records, inputs.states.kept_from, max_age, inputs.states.published)
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


def stale_published_days(
    records: Mapping[date, DayRecord],
    inputs: Inputs,
    published: frozenset[date],
    published_at: datetime | None,
    rules: Mapping[str, str],
    max_age: int,
    provisional: date | None = None,
) -> dict[date, str]:
    """The published days that would come out differently now, each with its cause, in order.

    A recorded day without rows (blocked, say) counts, too; one that was built and is not published is missing instead.

    Args:
        records: every recorded day.
        inputs: every partition.
        published_at: when the publication was begun, in UTC without a zone; None where there is none.
        provisional: the published day that was built before it was over.
    """
    counted = {day: record for day, record in records.items() if day in published or record.outcome != "built"}
    unfinished = published - counted.keys()
    unfinished -= pruned_days(unfinished, inputs.states.kept_from, max_age, published).keys()
    stale = dict.fromkeys(unfinished, "its last build did not finish")
    stale |= dict.fromkeys(unpublished_days(counted, published, published_at), "its last build was not published")
    stale |= stale_days(counted, inputs, rules, max_age)
    if provisional is not None and provisional in published:
        stale.setdefault(provisional, BEFORE_OVER)
    return dict(sorted(stale.items()))


def unpublished_days(
    records: Mapping[date, DayRecord], published: frozenset[date], published_at: datetime | None
) -> list[date]:
    """The published days that were built again since, in order: readers see an earlier build's rows of them.

    A record says what the warehouse holds. One that is newer than the publication is of a run that was killed, or
    failed, between building and publishing.

    Args:
        published_at: when the publication was begun, in UTC without a zone, as it says itself.
    """
    if published_at is None:
        return []
    begun = published_at.replace(tzinfo=UTC)
    return [day for day, record in records.items() if day in published and record.recorded_at > begun]


def outcome(day: date, plan: DayPlan) -> Outcome:
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
    first = looked_back_from(day, max_age)
    used = {
        (role.partition(" ")[0], partition) for role, partition in used_partitions(day, plan, inputs.states, max_age)
    }
    changed = sorted(
        f"{dataset} {partition}"
        for (dataset, partition), changed_at in inputs.changed_at.items()
        if changed_at > record.recorded_at
        and first <= partition <= day
        and is_in_marts(dataset)
        and ((dataset, partition) in used or inputs.states.is_refused(dataset, partition))
    )
    if not changed:
        return "its inputs changed"
    more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return f"{', '.join(changed[:MOST_NAMED])}{more} changed"
