"""`portfolio status --format prometheus`: metrics for the text file that node_exporter reads.

Labels are datasets, states and partners; no customer and nobody's name is in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import get_args

from pipelines.commands.health import Health, Kind
from planning.freshness import Freshness

Sample = tuple[Mapping[str, str], float]


def health_metrics(health: Health) -> str:
    """The metrics in Prometheus' text format, each with HELP and TYPE, all of them gauges."""
    return "".join(
        _family(f"portfolio_{name}", meaning, samples) for name, meaning, samples in _families(health) if samples
    )


def _families(health: Health) -> Iterator[tuple[str, str, list[Sample]]]:
    day = health.last_complete_day
    wholes = [row for row in health.freshness if row.partner_id is None]
    feeds = [row for row in wholes if row.dataset is not None]
    partners = [row for row in health.freshness if row.partner_id is not None]
    yield "state", "State of the home folder: 0 ok, 1 warning, 2 critical.", _one(health.state)
    yield "looked_at_seconds", "When these metrics were made, Unix time.", _one(health.looked_at.timestamp())
    yield "problems", "Problems by kind, as `portfolio status --check` lists them.", _problems(health)
    yield "published", "Whether anything is published.", _one(health.published is not None)
    if health.published is not None:
        published = health.published
        at: datetime = published.facts["published_at"]
        yield "published_at_seconds", "When the publication was written, Unix time.", _one(_seconds(at))
        yield "published_days", "As-of days in the publication.", _one(len(published.days))
        yield (
            "provisional",
            "Whether a published day was built before it was over.",
            _one(health.provisional is not None),
        )
    whole = [row for row in wholes if row.dataset is None]
    yield "publication_age_days", "Days from the newest as-of date to the last complete UTC day.", _ages(whole, health)
    yield (
        "publication_max_age_days",
        "Age from which on the publication is stale.",
        [({}, row.max_age_days) for row in whole],
    )
    yield "feed_age_days", "Days from a feed's newest partition to the last complete UTC day.", _ages(feeds, health)
    yield (
        "feed_max_age_days",
        "Age from which on a feed is stale.",
        [({"dataset": row.dataset or ""}, row.max_age_days) for row in feeds],
    )
    yield (
        "partner_age_days",
        "The same for one partner's rows, of a feed or of the publication.",
        [({"of": row.dataset or row.subject, "partner": row.partner_id or ""}, row.age_days(day)) for row in partners],
    )
    yield "partitions", "Partitions by dataset and state.", list(_partitions(health))
    yield "rows", "Rows in the lake by dataset, accepted and quarantined.", list(_rows(health))
    yield "unpublished_days", "As-of days that are over and not published, or blocked.", _one(len(health.unpublished))
    yield "blocked_days", "As-of days that refused or held partitions block.", _one(len(health.blocked))
    yield "stale_days", "Published days that would come out differently now.", _one(len(health.stale))
    yield "waiting_partitions", "Landing partitions of published days that the next run reads.", _one(health.waiting)


def _partitions(health: Health) -> Iterator[Sample]:
    for name, states in health.partitions.by_dataset.items():
        counts = {
            "loaded": len(states.loaded),
            "missing": len(states.missing),
            "refused": len(states.refused),
            "new": len(states.new),
            "touched": len(states.touched),
            "held": sum(dataset == name for dataset, _ in health.held),
        }
        yield from (({"dataset": name, "state": state}, count) for state, count in counts.items())


def _rows(health: Health) -> Iterator[Sample]:
    for name, states in health.partitions.by_dataset.items():
        yield {"dataset": name, "fate": "accepted"}, states.rows_accepted
        yield {"dataset": name, "fate": "quarantined"}, states.rows_quarantined


def _problems(health: Health) -> list[Sample]:
    kinds = [problem.kind for problem in health.problems]
    return [({"kind": kind}, kinds.count(kind)) for kind in get_args(Kind)]


def _ages(rows: Iterable[Freshness], health: Health) -> list[Sample]:
    day = health.last_complete_day
    return [({"dataset": row.dataset} if row.dataset else {}, row.age_days(day)) for row in rows]


def _one(value: float) -> list[Sample]:
    return [({}, value)]


def _seconds(when: datetime) -> float:
    return (when.replace(tzinfo=UTC) if when.tzinfo is None else when).timestamp()


def _family(name: str, meaning: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{written}}} {value:.17g}" if written else f"{name} {value:.17g}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    """As the format wants it; nothing else is changed, so that two partners stay two."""
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
