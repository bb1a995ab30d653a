"""What datasets are declared with: columns and their types, the reasons to quarantine a row, how a dataset serves days.

`expectations.contract` declares them.
"""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """The type of a contract column; its value is the type's name in DuckDB."""

    TEXT = "varchar"
    INTEGER = "bigint"
    DECIMAL = "decimal(18,6)"
    DATE = "date"
    BOOLEAN = "boolean"


class Reason(StrEnum):
    """Why a row is quarantined, in the order in which reasons are listed."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    MISSING_REQUIRED = "missing_required"
    BAD_TYPE = "bad_type"
    NEGATIVE_COUNT = "negative_count"
    OUT_OF_RANGE = "out_of_range"
    BAD_CURRENCY = "bad_currency"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_BUYING_MODEL = "unknown_buying_model"
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
    maximum: int | None = None
    """Only beside a minimum: what is below that has the minimum's reason alone."""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression that the whole text matches."""
    unknown_reason: Reason | None = None
    """Of a text that is none of `allowed`, or does not match the `pattern`."""
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
    in_marts: bool = True
    """Whether marts read it: a day is not made anew for what no row of it depends on."""
    compared_days: tuple[int, ...] = ()
    """How many days before an as-of date its rows look at the snapshot of as well."""
    looked_at_days: tuple[int, ...] = ()
    """The same where nothing hinges on it: what comes from a day that is missing, or was pruned, is null."""

    @property
    def days_before(self) -> tuple[int, ...]:
        """How many days before an as-of date the snapshot counts for it: the farthest first, and 0 at the end."""
        return tuple(sorted({*self.compared_days, *self.looked_at_days, 0}, reverse=True))

    def look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may count for it."""
        return max(self.days_before) + max_snapshot_age_days

    def needed_look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may be without which it is not built again."""
        return max(self.compared_days, default=0) + max_snapshot_age_days


@dataclass(frozen=True)
class Activity:
    """A partition is what happened on its day, and counts in a window; a missing one is nobody's fault."""

    window_days: int
    """Days, the as-of date included, whose partitions count."""
    required_for_days: bool = True
    """Whether a refused one blocks its own day."""

    @property
    def days_before(self) -> tuple[int, ...]:
        """Its window ends on the as-of date, and on no day before."""
        return (0,)

    def look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may count for it."""
        return self.window_days - 1

    def needed_look_back_days(self, max_snapshot_age_days: int) -> int:
        """How many days before an as-of date a partition may be without which it is not built again."""
        return self.look_back_days(max_snapshot_age_days)


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
        return "subscription_id" in self.column_names and self.key != ("partner_id", "subscription_id")
