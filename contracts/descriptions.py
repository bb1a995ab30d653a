"""Comments on the published tables and columns, and each table's key; those of `meta` are written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.marts import Mart


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
            "contract_version": "Version of the mart contract.",
            "raw_contract_version": "Version of the raw contract that the rows were read by.",
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


def table_descriptions(marts: Sequence[Mart]) -> dict[str, TableDescription]:
    """Descriptions of the published tables by `schema.name`: those of the marts, and of the tables about them."""
    described = {
        f"marts.{mart.name}": TableDescription(
            mart.description, {column.name: column.description for column in mart.columns}, mart.grain
        )
        for mart in marts
    }
    return _META | described
