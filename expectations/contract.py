"""The raw contract, declared once: columns, types, nulls, keys, allowed values and limits of the datasets, and how
each serves as-of days.

The row checks (`expectations.quarantine`), the lake's column types and the documentation are derived from
this module; no rule is written a second time.
"""

from expectations.declaration import Activity, Column, ColumnType, Dataset, Reason, Snapshot
from expectations.windows import (
    DAY_AFTER_CHANGE_DAYS,
    FORECAST_DAYS,
    GROWTH_DAYS,
    LONG_USED_WINDOW_DAYS,
    RETENTION_DAYS,
    WEEKLY_CHANGE_DAYS,
)

__all__ = [
    "ACCOUNTS",
    "BUYING_MODELS",
    "CONTRACT_LINES",
    "CONTRACT_VERSION",
    "CONTROL_TOTALS",
    "CUSTOMERS",
    "DATASETS",
    "LICENSE_ASSIGNMENTS",
    "LICENSE_USAGE",
    "MARTS_CONTRACT_VERSION",
    "MAX_QUARANTINED_ROWS",
    "MAX_QUARANTINED_SHARE",
    "METRICS_VERSION",
    "PRODUCTS",
    "STATUSES",
    "SUBSCRIPTIONS",
    "Activity",
    "Column",
    "ColumnType",
    "Dataset",
    "Reason",
    "Snapshot",
]

CONTRACT_VERSION = "1.1"
"""Of what is delivered, docs/raw-contract.md."""
MARTS_CONTRACT_VERSION = "1.2"
"""Of what is published, docs/marts.md: 1 is the dashboard's marts, 1.1 adds the star, 1.2 what to decide by when."""
METRICS_VERSION = "2"
"""Of the metrics' definitions, docs/metrics.md."""
MAX_QUARANTINED_SHARE = 0.05
"""A bad export is wrong throughout; a handful of bad rows in a good one is normal and goes to quarantine."""
MAX_QUARANTINED_ROWS = 3
"""Up to so many rows a partition is never refused for the share of its bad rows: of twenty rows one is 5 %."""

PRODUCTS = ("meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other")
STATUSES = ("active", "suspended", "cancelled", "expired", "pending")
BUYING_MODELS = ("named_user", "active_user", "enterprise_agreement", "wholesale")


def _text(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, ColumnType.TEXT, meaning, nullable=nullable)


def _count(name: str, meaning: str, minimum: int, *, nullable: bool = False, maximum: int | None = None) -> Column:
    return Column(name, ColumnType.INTEGER, meaning, nullable=nullable, minimum=minimum, maximum=maximum)


def _amount(name: str, meaning: str, maximum: int) -> Column:
    return Column(name, ColumnType.DECIMAL, meaning, nullable=True, minimum=0, maximum=maximum)


_PARTNER = _text("partner_id", "the managing partner organisation")
_CUSTOMER = _text("customer_id", "the customer organisation")
_SUBSCRIPTION = _text("subscription_id", "the real id, for trials too")
_PRODUCT = Column(
    "product",
    ColumnType.TEXT,
    "the product family of the licence",
    allowed=PRODUCTS,
    unknown_reason=Reason.UNKNOWN_PRODUCT,
)

_LICENSE_CODE = _text("license_code", "the vendor's code of the line (EE, BCSTD, …)")

_STATE = Snapshot(
    compared_days=(WEEKLY_CHANGE_DAYS,),
    looked_at_days=(
        DAY_AFTER_CHANGE_DAYS,
        GROWTH_DAYS,
        FORECAST_DAYS,
        FORECAST_DAYS + GROWTH_DAYS,
        2 * FORECAST_DAYS,
        2 * FORECAST_DAYS + GROWTH_DAYS,
        RETENTION_DAYS,
    ),
)
_EXTRA = Snapshot(required_for_days=False)

CUSTOMERS = Dataset(
    name="customers",
    meaning="Customer organisations that a partner manages, a full snapshot a day.",
    grain="One row per customer organisation",
    date_column="snapshot_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _text("customer_name", "display name"),
        _text("country_code", "ISO 3166-1 alpha-2", nullable=True),
        Column("created_on", ColumnType.DATE, "when the organisation was created", nullable=True),
    ),
    key=("partner_id", "customer_id"),
    serves=_STATE,
)

SUBSCRIPTIONS = Dataset(
    name="subscriptions",
    meaning="Subscriptions and trials of a partner's customers, a full snapshot a day.",
    grain="One row per subscription or trial",
    date_column="snapshot_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _SUBSCRIPTION,
        Column("is_trial", ColumnType.BOOLEAN, "whether it is a trial"),
        Column(
            "status",
            ColumnType.TEXT,
            "where it is in its life",
            allowed=STATUSES,
            unknown_reason=Reason.UNKNOWN_STATUS,
        ),
        Column(
            "start_date",
            ColumnType.DATE,
            "when it was added; a renewal or a trial's extension does not reset it",
        ),
        Column("end_date", ColumnType.DATE, "last valid day; null when open-ended or unknown", nullable=True),
        Column("auto_renew", ColumnType.BOOLEAN, "whether it renews by itself on its end date"),
    ),
    key=("partner_id", "subscription_id"),
    serves=_STATE,
    ordered_dates=("start_date", "end_date"),
)

LICENSE_ASSIGNMENTS = Dataset(
    name="license_assignments",
    meaning="Licence lines of each subscription, a full snapshot a day.",
    grain="One row per licence line of a subscription",
    date_column="snapshot_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _SUBSCRIPTION,
        _PRODUCT,
        _LICENSE_CODE,
        _text("license_name", "the vendor's name of the line", nullable=True),
        _count("total_licenses", "licences purchased", minimum=0),
        _count("assigned_licenses", "licences assigned; may exceed the total", minimum=0),
    ),
    key=("partner_id", "subscription_id", "product", "license_code"),
    serves=_STATE,
)

LICENSE_USAGE = Dataset(
    name="license_usage",
    meaning="Licence holders who were active on a day.",
    grain="One row per licence holder who was active on the day",
    date_column="activity_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _SUBSCRIPTION,
        _PRODUCT,
        Column(
            "user_id",
            ColumnType.TEXT,
            "the licence holder, a user or a workspace; stored only as a keyed hash",
            personal=True,
        ),
        _count("activity_count", "meetings hosted or joined, or calls made", minimum=1),
    ),
    key=("partner_id", "subscription_id", "product", "user_id"),
    serves=Activity(window_days=LONG_USED_WINDOW_DAYS),
    summed="activity_count",
)

CONTRACT_LINES = Dataset(
    name="contract_lines",
    meaning="Commercial terms of licence lines, a full snapshot a day. Optional.",
    grain="One row per licence line with known terms",
    date_column="snapshot_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _SUBSCRIPTION,
        _PRODUCT,
        _LICENSE_CODE,
        Column(
            "currency",
            ColumnType.TEXT,
            "of the prices: three capital letters A-Z",
            pattern="[A-Z]{3}",
            unknown_reason=Reason.BAD_CURRENCY,
        ),
        _amount("unit_price_month", "what the customer pays for a licence and month", maximum=1_000_000_000),
        _amount("unit_cost_month", "what the partner pays for a licence and month", maximum=1_000_000_000),
        _count(
            "notice_days",
            "days before the end by which a change or cancellation must be placed",
            minimum=0,
            maximum=3650,
            nullable=True,
        ),
        Column(
            "buying_model",
            ColumnType.TEXT,
            "how the licences are bought",
            nullable=True,
            allowed=BUYING_MODELS,
            unknown_reason=Reason.UNKNOWN_BUYING_MODEL,
        ),
        _amount("growth_allowance", "an enterprise agreement's free growth, as a fraction", maximum=10),
        _count("renewal_quantity", "licences already ordered for the next term", minimum=0, nullable=True),
    ),
    key=("partner_id", "subscription_id", "product", "license_code"),
    serves=_EXTRA,
)

ACCOUNTS = Dataset(
    name="accounts",
    meaning="Who looks after a customer, a full snapshot a day. Optional.",
    grain="One row per customer organisation that somebody looks after",
    date_column="snapshot_date",
    columns=(
        _PARTNER,
        _CUSTOMER,
        _text("owner", "the partner's own account manager", nullable=True),
        _text("segment", "the customer's segment, in the partner's words", nullable=True),
        _text("sub_partner_id", "the reseller below a distributor", nullable=True),
    ),
    key=("partner_id", "customer_id"),
    serves=_EXTRA,
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (CUSTOMERS, SUBSCRIPTIONS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, CONTRACT_LINES, ACCOUNTS)
}

CONTROL_TOTALS = Dataset(
    name="control_totals",
    meaning="What a source says that it delivered, to compare with what arrived. Optional, and no part of the lake.",
    grain="One row per partner and dataset",
    date_column="date",
    columns=(
        _PARTNER,
        Column(
            "dataset",
            ColumnType.TEXT,
            "the dataset that is counted",
            allowed=tuple(DATASETS),
            unknown_reason=Reason.UNKNOWN_DATASET,
        ),
        _count("rows", "rows of the partner as delivered, repeated and broken ones included", minimum=0),
        _count("total_licenses", "sum over license_assignments; null for other datasets", minimum=0, nullable=True),
        _count("assigned_licenses", "sum over license_assignments; null for other datasets", minimum=0, nullable=True),
    ),
    key=("partner_id", "dataset"),
    serves=Activity(window_days=1, required_for_days=False),
)
