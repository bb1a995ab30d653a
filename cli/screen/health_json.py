"""`portfolio status --format json`: the same keys in every answer of a version; docs/monitoring.md lists them."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pipelines.commands.health import Health
from pipelines.commands.partition_states import DatasetStates
from pipelines.discreet import discreet
from planning.freshness import Freshness

VERSION = 1
"""Raised where a key changes its meaning or goes; new keys may come without."""


def health_json(health: Health) -> str:
    """The answer, one JSON object: days as `YYYY-MM-DD`, times in UTC with `Z`, causes without quoted values."""
    return json.dumps(described(health), indent=1, ensure_ascii=True)


def described(health: Health) -> dict[str, Any]:
    """The answer as it is before it is written."""
    return {
        "version": VERSION,
        "state": health.state.name.lower(),
        "looked_at": _time(health.looked_at),
        "last_complete_day": str(health.last_complete_day),
        "problems": [
            {"state": problem.state.name.lower(), "kind": problem.kind, "message": problem.message}
            for problem in health.problems
        ],
        "datasets": {name: _dataset(states, health) for name, states in health.partitions.by_dataset.items()},
        "publication": _publication(health),
        "freshness": [_freshness(row, health.last_complete_day) for row in health.freshness],
        "unpublished_days": _by_day(health.unpublished),
        "stale_days": _by_day(health.stale),
        "waiting_partitions": health.waiting,
    }


def _dataset(states: DatasetStates, health: Health) -> dict[str, Any]:
    return {
        "first_day": _day(states.first),
        "loaded_days": len(states.loaded),
        "rows_accepted": states.rows_accepted,
        "rows_quarantined": states.rows_quarantined,
        "missing": _days(states.missing),
        "new": _days(states.new),
        "touched": _days(states.touched),
        "offered": _days(states.offered),
        "refused": _by_day({one.partition_date: one.cause for one in states.refused}),
        "held": _by_day({day: why for (name, day), why in health.held.items() if name == states.dataset}),
    }


def _publication(health: Health) -> dict[str, Any] | None:
    if health.published is None:
        return None
    facts = health.published.facts
    versions = facts.get("raw_contract_version"), facts["contract_version"]
    raw, marts = versions if "raw_contract_version" in facts else (facts["contract_version"], None)
    return {
        "publication_id": facts["publication_id"],
        "published_at": _time(facts["published_at"]),
        "first_as_of_date": _day(facts["first_as_of_date"]),
        "last_as_of_date": _day(facts["last_as_of_date"]),
        "days": len(health.published.days),
        "provisional_as_of_date": _day(health.provisional),
        "contract_version": marts,
        "raw_contract_version": raw,
        "git_revision": facts["git_revision"],
        "program_version": facts.get("program_version"),
    }


def _freshness(row: Freshness, last_complete_day: date) -> dict[str, Any]:
    return {
        "subject": row.subject,
        "dataset": row.dataset,
        "partner_id": row.partner_id,
        "newest_date": str(row.newest_date),
        "age_days": row.age_days(last_complete_day),
        "max_age_days": row.max_age_days,
        "stale": row.is_stale(last_complete_day),
    }


def _by_day(causes: Mapping[date, str]) -> list[dict[str, str]]:
    return [{"day": str(day), "cause": discreet(cause)} for day, cause in causes.items()]


def _days(days: Iterable[date]) -> list[str]:
    return [str(day) for day in days]


def _day(day: date | None) -> str | None:
    return str(day) if day is not None else None


def _time(when: datetime) -> str:
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
