"""Both contracts as short texts, one line a column: two versions of one can be compared.

`python -m contracts.listing marts` prints that of the marts, `python -m contracts.listing raw` the raw one.
"""

import sys
from collections.abc import Iterable, Sequence

from contracts.marts import Mart, read_marts
from expectations.contract import CONTROL_TOTALS, DATASETS, Column, Dataset, Snapshot


def listing(marts: Sequence[Mart]) -> str:
    """The marts by name, each with its grain, and its columns in order with type and null."""
    return "\n".join(_mart(mart) for mart in sorted(marts, key=lambda mart: mart.name))


def raw_listing(datasets: Iterable[Dataset] = (*DATASETS.values(), CONTROL_TOTALS)) -> str:
    """The datasets by name, each with its key, its date, how it serves, and its columns in order with their rules.

    Texts that explain are left out: no delivery can break them.
    """
    return "\n".join(_dataset(dataset) for dataset in sorted(datasets, key=lambda dataset: dataset.name))


def _mart(mart: Mart) -> str:
    columns = [f"    {column.name} {column.type}{'' if column.nullable else ' not null'}\n" for column in mart.columns]
    return f"{mart.name}: one row per {', '.join(mart.grain)}\n{''.join(columns)}"


def _dataset(dataset: Dataset) -> str:
    rules = [f"by {dataset.date_column}", *_serving(dataset)]
    if dataset.ordered_dates:
        first, last = dataset.ordered_dates
        rules.append(f"{last} not before {first}")
    if dataset.summed:
        rules.append(f"repeated keys add up {dataset.summed}")
    head = f"{dataset.name}: one row per {', '.join(dataset.key)}\n    {'; '.join(rules)}\n"
    return head + "".join(map(_column, dataset.columns))


def _serving(dataset: Dataset) -> list[str]:
    serves = dataset.serves
    if isinstance(serves, Snapshot):
        kind = ["snapshot", *(f"compared with {days} days before" for days in serves.compared_days)]
    else:
        kind = [f"activity, window of {serves.window_days} days"]
    return [*kind, "required for days" if serves.required_for_days else "optional"]


def _column(column: Column) -> str:
    rules = [f"{column.name} {column.type}"]
    if not column.nullable:
        rules.append("not null")
    if column.minimum is not None:
        rules.append(f"from {column.minimum}")
    if column.maximum is not None:
        rules.append(f"to {column.maximum}")
    if column.pattern:
        rules.append(f"like {column.pattern}")
    if column.allowed:
        rules.append(f"one of {', '.join(column.allowed)}")
    if column.personal:
        rules.append("personal")
    return f"    {' '.join(rules)}\n"


if __name__ == "__main__":
    sys.stdout.write({"marts": lambda: listing(read_marts()), "raw": raw_listing}[sys.argv[1]]())
