"""The rules of rules.yaml, and what they find."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from .finders import FINDERS, calls
from .query import Columns, Query

ENGINES = ("Databricks", "Snowflake", "BigQuery", "Trino", "ClickHouse")
EXAMPLES: dict[str, Columns] = {
    "t": {
        "id": "bigint",
        "other": "bigint",
        "share": "double",
        "price": "decimal(18,6)",
        "name": "text",
        "day": "date",
        "flag": "boolean",
    },
    "u": {"id": "bigint", "name": "text", "day": "date"},
}
"""The relations that the rules' examples read."""


@dataclass(frozen=True)
class Rule:
    """A construct that models may not hold.

    Attributes:
        name: what it is.
        engines: those that lack it, or read it otherwise than DuckDB.
        why: how they differ, and what to write instead.
        refused: queries over `EXAMPLES` that hold it.
        accepted: queries that say it in SQL which no rule refuses.
        calls: names of functions that it is about.
    """

    name: str
    engines: tuple[str, ...]
    why: str
    refused: tuple[str, ...]
    accepted: tuple[str, ...]
    calls: tuple[str, ...] = ()

    def find(self, query: Query) -> list[str]:
        """What it refuses in a query, as SQL or names, each once."""
        finders = [FINDERS[self.name]] if self.name in FINDERS else []
        return list(dict.fromkeys(found for find in [calls(*self.calls), *finders] for found in find(query)))


def _read(path: Path) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name=entry["name"],
            engines=ENGINES if entry["engines"] == "all" else tuple(entry["engines"]),
            why=entry["why"].strip(),
            refused=tuple(entry["refused"]),
            accepted=tuple(entry["accepted"]),
            calls=tuple(entry.get("calls", "").split()),
        )
        for entry in yaml.safe_load(path.read_text())
    )


RULES = _read(Path(__file__).with_name("rules.yaml"))


def violations(query: Query, rules: Iterable[Rule] = RULES) -> list[str]:
    """What a query holds that it may not, a line each: where, what, by which rule, and why."""
    return [
        f"{query.name}: {found}: {rule.name} ({', '.join(rule.engines)}). {rule.why}"
        for rule in rules
        for found in rule.find(query)
    ]


def table() -> list[str]:
    """The rules as lines of a table in Markdown."""
    head = ["| what is refused | engines | why, and what to write instead |", "| --- | --- | --- |"]
    rows = (
        (rule.name, "all" if rule.engines == ENGINES else ", ".join(rule.engines), rule.why.replace("|", "\\|"))
        for rule in RULES
    )
    return head + [f"| {' | '.join(row)} |" for row in rows]
