"""The raw contract, declared once: columns, types, nulls, keys, allowed values and minima of the datasets, and how
each serves as-of days.

The row checks (`expectations.quarantine`), the lake's column types and the documentation are derived from
this module; no rule is written a second time.
"""

from dataclasses import dataclass
from enum import StrEnum

from expectations.windows import LONG_USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS

CONTRACT_VERSION = "1.1"
"""Of what is delivered, docs/raw-contract.md."""
MARTS_CONTRACT_VERSION = "1.1"
"""Of what is published, docs/marts.md: 1 is the dashboard's marts, 1.1 adds the star."""
METRICS_VERSION = "2"
"""Of the metrics' definitions, docs/metrics.md."""
MAX_QUARANTINED_SHARE = 0.05
"""A bad export is wrong throughout; a handful of bad rows in a good one is normal and goes to quarantine."""
MAX_QUARANTINED_ROWS = 3
"""Up to so many rows a partition is never refused for the share of its bad rows: of twenty rows one is 5 %."""

PRODUCTS = ("meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other")
STATUSES = ("active", "suspended", "cancelled", "expired", "pending")


class ColumnType(StrEnum):
    """The type of a contract column; its value is the type's name in DuckDB."""

    TEXT = "varchar"
    INTEGER = "bigint"
    DATE = "date"
    BOOLEAN = "boolean"


class Reason(StrEnum):
    """Why a row is quarantined, in the order in which reasons are listed."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    MISSING_REQUIRED = "missing_required"
    BAD_TYPE = "bad_type"
    NEGATIVE_COUNT = "negative_count"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_DATASET = "unknown_dataset"
    END_BEFORE_START = "end_before_start"
    WRONG_PARTITION_DATE = "wrong_partition_date"
    DUPLICATE_KEY = "duplicate_key"


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be null, and the values it may take."""

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = False
    minimum: int | None = None
    allowed: tuple[str, ...] = ()
    unknown_reason: Reason | None = None
    personal: bool = False
    """Names a person: stored only as a keyed hash, an integer."""

    @property
    def lake_type(self) -> str:
        """The column's DuckDB type in the lake."""
        return ColumnType.INTEGER.value if self.personal else self.type.value


@dataclass(frozen=True)
class Snapshot:
    """A partition is the full state of its day; it serves later days that have none, up to the snapshots' age limit."""

    required_for_days: bool = True
    """Whether an as-of day needs one, and a refused one blocks the days whose newest it is."""
    compared_days: tuple[int, ...] = ()
    """How many days before an as-of date its rows look at the snapshot of as well."""

    def look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may count for it."""
        return max(self.compared_days, default=0) + max_snapshot_age_days


@dataclass(frozen=True)
class Activity:
    """A partition is what happened on its day, and counts in a window; a missing one is nobody's fault."""

    window_days: int
    """Days, the as-of date included, whose partitions count."""
    required_for_days: bool = True
    """Whether a refused one blocks its own day."""

    def look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may count for it."""
        return self.window_days - 1


@dataclass(frozen=True)
class Dataset:
    """One dataset: its columns, key, the column that its partition date fills, and how it serves as-of days."""

    name: str
    meaning: str
    grain: str
    date_column: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    serves: Snapshot | Activity
    ordered_dates: tuple[str, str] | None = None
    """Columns (first, last) where last may not be before first."""
    summed: str | None = None
    """Rows that repeat a key add this column up instead of competing."""

    @property
    def is_snapshot(self) -> bool:
        """Whether a partition is the full state of its day (usage is what happened on it)."""
        return isinstance(self.serves, Snapshot)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The contract's columns, in order; the date column is not among them."""
        return tuple(column.name for column in self.columns)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """The columns that are stored as keyed hashes."""
        return tuple(column.name for column in self.columns if column.personal)

    @property
    def follows_subscription(self) -> bool:
        """Whether a row belongs to the customer of its subscription, whatever its own customer_id says."""
        return self is not SUBSCRIPTIONS and "subscription_id" in self.column_names


def _text(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, ColumnType.TEXT, meaning, nullable=nullable)


def _count(name: str, meaning: str, minimum: int, *, nullable: bool = False) -> Column:
    return Column(name, ColumnType.INTEGER, meaning, nullable=nullable, minimum=minimum)


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

_STATE = Snapshot(compared_days=(WEEKLY_CHANGE_DAYS,))

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
        _text("license_code", "the vendor's code of the line (EE, BCSTD, …)"),
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

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (CUSTOMERS, SUBSCRIPTIONS, LICENSE_ASSIGNMENTS, LICENSE_USAGE)
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
