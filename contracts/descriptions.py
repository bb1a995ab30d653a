"""What every published table and column means, and each table's grain: the marts' from dbt, the rest written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contracts.documentation import MARTS_FOLDER


@dataclass(frozen=True)
class TableDescription:
    """What a table holds, what its columns mean, and which of them make its key; empty where nothing is known."""

    text: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    key: Sequence[str] = ()


_META = {
    "meta.publication": TableDescription(
        "Which publication this is. One row.",
        {
            "publication_id": "Names the publication; later ones sort after it.",
            "published_at": "When it was published (UTC).",
            "first_as_of_date": "First as-of date of any partner.",
            "last_as_of_date": "Last as-of date of any partner.",
            "contract_version": "Version of the raw contract.",
            "git_revision": "Revision of the code that built it, where known.",
            "provisional_as_of_date": "The day whose rows were built before it was over (UTC); null where none is.",
        },
    ),
    "meta.ingestion": TableDescription(
        "What was read of each partition, all partners together. One row per dataset and partition date.",
        {
            "dataset": "The dataset.",
            "partition_date": "The partition's day (UTC).",
            "files": "Files read.",
            "rows_read": "Rows read: accepted, quarantined and duplicate ones.",
            "rows_accepted": "Rows that meet the contract.",
            "rows_quarantined": "Rows that break the contract.",
            "rows_duplicate": "Exact repetitions.",
            "unexpected_columns": "Columns that the contract doesn't know.",
            "ingested_at": "When it was read (UTC).",
        },
    ),
    "meta.freshness": TableDescription(
        "How far each feed, each partner and the publication reach. One row per subject, dataset and partner.",
        {
            "subject": "feed, partner or publication.",
            "dataset": "The feed's dataset.",
            "partner_id": "The partner; null for a feed and for the publication.",
            "newest_date": "The newest day.",
            "loaded_at": "When that day was loaded (UTC).",
            "max_age_days": "How many days it may lie behind the last complete day.",
        },
    ),
    "meta.check_results": TableDescription(
        "What each check found, and what a person accepted of it. One row per check, dates and partner."
    ),
    "meta.newest_days": TableDescription(
        "Each partner's newest as-of date in portfolio_kpis. One row per partner.",
        {"partner_id": "The managing partner organisation.", "as_of_date": "Its newest as-of date (UTC)."},
        ("partner_id",),
    ),
}


def table_descriptions(folder: Path = MARTS_FOLDER) -> dict[str, TableDescription]:
    """Descriptions of the published tables by `schema.name`; the marts' are read from the dbt project's YAML."""
    described = dict(_META)
    for path in sorted(folder.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or ():
            described[f"marts.{model['name']}"] = TableDescription(
                _one_line(model.get("description")),
                {column["name"]: _one_line(column.get("description")) for column in model.get("columns", ())},
                _grain(model),
            )
    return described


def _grain(model: Mapping[str, Any]) -> Sequence[str]:
    """The columns that the model's `unique_grain` test holds to be its key."""
    for test in model.get("data_tests", ()):
        if isinstance(test, Mapping) and "unique_grain" in test:
            return tuple(test["unique_grain"]["arguments"]["columns"])
    return ()


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
