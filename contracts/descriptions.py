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
            "program_version": "Version of partner-portfolio that published it.",
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
    "meta.usage_windows": TableDescription(
        "On how many days usage was delivered that the figures look at. One row per as-of date, partner and product.",
        {
            "as_of_date": "The day for which the figures hold (UTC).",
            "partner_id": "The managing partner organisation.",
            "product": "The product family.",
            "usage_days": "Activity dates of the last seven days with a row of the partner and product.",
            "usage_days_90d": "The same of the last ninety days.",
            "usage_days_week_before": "The same of the seven days before the last seven.",
        },
    ),
    "meta.check_results": TableDescription(
        "What each check found, and what a person accepted of it. One row per check, dates and partner.",
        {
            "asset": "What was checked: raw/<dataset>, or a model.",
            "check_name": "The check.",
            "first_date": "First partition or as-of day that it is of.",
            "last_date": "Last partition or as-of day that it is of.",
            "partner_id": "The partner that it is of; null for all.",
            "severity": "error blocks, warn and info report.",
            "status": "passed, failed or accepted.",
            "failures": "Rows, or partners, that failed.",
            "message": "What was found; null when nothing is to be said.",
            "sample": "A few of the rows, a JSON list of objects of texts; null when there is none.",
            "run_id": "The run in Dagster.",
            "checked_at": "When it was checked (UTC).",
            "accepted_reason": "Why a person accepted the failure; else null.",
            "accepted_at": "When a person accepted the failure (UTC); else null.",
        },
    ),
    "meta.newest_days": TableDescription(
        "Each partner's newest as-of date in portfolio_kpis. One row per partner.",
        {"partner_id": "The managing partner organisation.", "as_of_date": "Its newest as-of date (UTC)."},
        ("partner_id",),
    ),
    "meta.newest_accounts": TableDescription(
        "Who looks after each customer, as the newest day says on which customer_overview lists it."
        " One row per partner and customer.",
        {
            "partner_id": "The managing partner organisation.",
            "customer_id": "The customer.",
            "owner": "The partner's account manager; null where none is known.",
            "sub_partner_id": "The reseller below a distributor; null where none is known.",
        },
        ("partner_id", "customer_id"),
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
