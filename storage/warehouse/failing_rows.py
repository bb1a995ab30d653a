"""The rows that a check's query finds in the warehouse: on which days they are, and a few of them to look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.contract import DATASETS
from storage.warehouse.queries import Queries

SAMPLE_ROWS = 5
DAY_COLUMNS = ("as_of_date", "partition_date", *{dataset.date_column: None for dataset in DATASETS.values()})
"""The columns that say of which day a row is, the first that a query has."""
_PERSONAL = frozenset(column for dataset in DATASETS.values() for column in dataset.personal_columns)


@dataclass(frozen=True)
class FailingRows:
    """The days of the rows, in order, none when the query does not tell; and a few rows as texts."""

    days: tuple[date, ...]
    sample: tuple[dict[str, str], ...]


def failing_rows(warehouse: Queries, query: str) -> FailingRows:
    """Run a query that selects failing rows; a licence holder's key, hashed as it is, is left out of the sample."""
    columns = warehouse.columns(query)
    day = next((name for name in DAY_COLUMNS if name in columns), None)
    found = f"({query}) as failing"
    days = [] if day is None else warehouse.rows(f"select distinct {day} from {found} order by 1")
    shown = [name for name in columns if name not in _PERSONAL]
    listed = ", ".join(map(warehouse.quoted, shown))
    order = ", ".join([day, listed] if day else [listed])  # the same rows each time
    rows = warehouse.rows(f"select {listed} from {found} order by {order} limit {SAMPLE_ROWS}")
    return FailingRows(tuple(value for (value,) in days if value is not None), tuple(_texts(shown, rows)))


def _texts(columns: Sequence[str], rows: Collection[Sequence[object]]) -> list[dict[str, str]]:
    return [
        {name: "" if value is None else str(value) for name, value in zip(columns, row, strict=True)} for row in rows
    ]
