"""A landing folder read by the raw contract: per partition its state, accepted rows, quarantine and counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .contract import BUYING_MODELS, COUNT_MINIMUM, DATASETS, MAXIMUM, PRODUCTS, STATUSES, Dataset
from .files import LandingFile, Record, UnreadableFileError, partition_files, read_file
from .values import BadTypeError

LOADED, REFUSED, MISSING = "loaded", "refused", "missing"
BREAKER = Fraction(5, 100)
BREAKER_ROWS = 3

Row = dict[str, Any]  # column -> typed value, None where null


class Quarantined(NamedTuple):
    """A rejected row: its file, its record number (1 is the first after the header), every reason that applies."""

    file: str
    record: int
    reasons: frozenset[str]


@dataclass
class Partition:
    """What one dataset delivered for one day. `rows_accepted` counts input rows, `rows` are those kept."""

    dataset: str
    day: date
    state: str = MISSING
    rows: list[Row] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    rows_read: int = 0
    rows_accepted: int = 0
    rows_duplicate: int = 0
    files: list[str] = field(default_factory=list)
    ignored_files: list[str] = field(default_factory=list)
    unexpected_columns: set[str] = field(default_factory=set)
    error: str | None = None


class Landing:
    """A landing folder; partitions are read once, when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[str, date], Partition] = {}

    def partition(self, dataset: Dataset, day: date) -> Partition:
        """Return one partition, missing ones too."""
        found = (dataset.name, day)
        if found not in self._read:
            self._read[found] = read_partition(self.folder, dataset, day)
        return self._read[found]

    def accepted(self, dataset: Dataset, first: date, last: date) -> list[Row]:
        """Return the rows of the loaded partitions of a range, each with its folder's date in front."""
        return [
            {dataset.date_column: day, **row} for day in days(first, last) for row in self.partition(dataset, day).rows
        ]

    def partitions(self, first: date, last: date) -> Iterator[Partition]:
        """Yield every partition of a range, dataset by dataset."""
        for dataset in DATASETS:
            for day in days(first, last):
                yield self.partition(dataset, day)


def days(first: date, last: date) -> list[date]:
    """Return the days from first to last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def read_partition(landing: Path, dataset: Dataset, day: date) -> Partition:
    """Read one landing partition: missing, refused (with the error) or loaded."""
    paths, ignored = partition_files(landing, dataset.name, day)
    partition = Partition(dataset.name, day, files=[path.name for path in paths], ignored_files=ignored)
    if not paths:
        return partition
    try:
        files = [_checked(read_file(path), dataset, partition) for path in paths]
    except UnreadableFileError as error:
        partition.state, partition.error = REFUSED, str(error)
        return partition
    good = []
    for file in files:
        for record in file.records:
            row, reasons = check(record, file, dataset, day)
            partition.rows_read += 1
            if reasons:
                partition.quarantined.append(Quarantined(record.file, record.number, frozenset(reasons)))
            else:
                good.append((record, row))
    broken = len(partition.quarantined)
    _settle_duplicates(partition, dataset, good)
    _settle_state(partition, dataset, broken)
    return partition


def _checked(file: LandingFile, dataset: Dataset, partition: Partition) -> LandingFile:
    """Refuse a file without a required column ("non-null" in the contract); note the columns it has too many."""
    lacking = [column.name for column in dataset.columns if column.required and column.name not in file.columns]
    if lacking:
        raise UnreadableFileError(f"{file.name}: lacks {', '.join(lacking)}")
    known = {column.name for column in dataset.columns} | {dataset.date_column}
    partition.unexpected_columns |= set(file.columns) - known
    return file


def check(record: Record, file: LandingFile, dataset: Dataset, day: date) -> tuple[Row, set[str]]:
    """Type one record and name every reason to quarantine it (none: it is accepted)."""
    if record.fields is None:
        return {}, {"wrong_field_count"}  # "then no other reason is looked for"
    row: Row = {}
    reasons: set[str] = set()
    for column in dataset.columns:
        try:
            value = file.read_value(column.kind, record.fields[column.name]) if column.name in record.fields else None
        except BadTypeError:
            reasons.add("bad_type")
            continue
        row[column.name] = value
        if value is None and column.required:
            reasons.add("missing_required")
    for name, minimum in COUNT_MINIMUM.items():
        count = row.get(name)
        if isinstance(count, int | Decimal) and count < minimum:
            reasons.add("negative_count")
        elif isinstance(count, int | Decimal) and name in MAXIMUM and count > MAXIMUM[name]:
            reasons.add("out_of_range")
    currency = row.get("currency")
    if currency is not None and (len(currency) != 3 or set(currency) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")):
        reasons.add("bad_currency")
    if row.get("buying_model") is not None and row["buying_model"] not in BUYING_MODELS:
        reasons.add("unknown_buying_model")
    if row.get("status") is not None and row["status"] not in STATUSES:
        reasons.add("unknown_status")
    if row.get("product") is not None and row["product"] not in PRODUCTS:
        reasons.add("unknown_product")
    start, end = row.get("start_date"), row.get("end_date")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        reasons.add("end_before_start")
    if dataset.date_column in record.fields:
        # The row's own date: null is fine, another day or no date is not.
        try:
            own_date = file.read_value("date", record.fields[dataset.date_column])
        except BadTypeError:
            own_date = date.min
        if own_date not in (None, day):
            reasons.add("wrong_partition_date")
    return row, reasons


def _settle_duplicates(partition: Partition, dataset: Dataset, good: list[tuple[Record, Row]]) -> None:
    """Apply the duplicate rules, in the contract's order, to rows that no other reason rejects."""
    if not dataset.is_snapshot:
        # Usage rows that repeat a key add up, exact repeats too; all of them count as accepted.
        merged: dict[tuple[object, ...], Row] = {}
        for _, row in good:
            key = tuple(row[name] for name in dataset.key)
            before = merged[key]["activity_count"] if key in merged else 0
            merged[key] = {**row, "activity_count": before + row["activity_count"]}
        partition.rows, partition.rows_accepted = list(merged.values()), len(good)
        return
    # Of rows equal in all contract columns the last one read stays; the others are duplicates.
    last_equal = {tuple(row.values()): position for position, (_, row) in enumerate(good)}
    distinct = [good[position] for position in sorted(last_equal.values())]
    partition.rows_duplicate = len(good) - len(distinct)
    # Of what remains with one key the last one read stays; the earlier ones are quarantined.
    last_of_key = {tuple(row[name] for name in dataset.key): position for position, (_, row) in enumerate(distinct)}
    for position, (record, row) in enumerate(distinct):
        if last_of_key[tuple(row[name] for name in dataset.key)] == position:
            partition.rows.append(row)
        else:
            partition.quarantined.append(Quarantined(record.file, record.number, frozenset({"duplicate_key"})))
    partition.rows_accepted = len(partition.rows)


def _settle_state(partition: Partition, dataset: Dataset, broken: int) -> None:
    """Trip the circuit breaker on more than 5 % and 3 broken rows, or on a snapshot without an accepted row."""
    partition.state = LOADED
    if broken > BREAKER_ROWS and broken > BREAKER * partition.rows_read:
        partition.error = f"{broken} of {partition.rows_read} rows quarantined"
    elif dataset.is_snapshot and not partition.rows:
        partition.error = "no accepted row"
    if partition.error:
        partition.state, partition.rows = REFUSED, []
