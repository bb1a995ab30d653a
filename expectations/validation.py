"""Great Expectations on what was accepted, many partitions at a time, each result attributed to its partition.

Usable without Dagster, ledger or lake: rows come as Arrow tables with the contract's columns in lake types.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.contract import Dataset
from expectations.gx import broken_rules
from expectations.results import RAW, CheckResult, Severity
from expectations.suites.contract_suite import CONTRACT_CHECK, contract_suite, needed_columns

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ROWS = 5


def validate_accepted(dataset: Dataset, rows: pa.Table, days: Sequence[date]) -> list[CheckResult]:
    """Hold accepted rows to the contract once more, in one validation.

    Args:
        rows: the accepted rows of all the partitions: `needed_columns(dataset)` in lake types, the date column
            included; further columns are ignored.
        days: the partitions that the rows are of; one may have none.

    Returns:
        For each day one passed result, or a failed one (`Severity.ERROR`) for each partner with rows that fail. A rule
        that fails as a whole (a column's type) fails for each day, without a partner.

    Raises:
        ExpectationError: a rule could not be evaluated.
    """
    shown = rows.select([name for name in needed_columns(dataset) if name in rows.schema.names])
    broken = broken_rules(as_frame(shown), contract_suite(dataset)) if rows.num_rows else []
    whole = [found.rule.meaning for found in broken if found.positions is None]
    if whole:
        return [_failed(dataset, day, f"not so: {'; '.join(whole)}") for day in days]
    groups = _by_partition_and_partner(shown, dataset, {f.rule.meaning: f.positions or [] for f in broken})
    failed_days = {day for day, _ in groups}
    results = [
        CheckResult(RAW + dataset.name, CONTRACT_CHECK, day, day, Severity.ERROR, passed=True)
        for day in days
        if day not in failed_days
    ]
    for (day, partner), failures in sorted(groups.items()):
        positions = sorted({position for found in failures.values() for position in found})
        counted = "; ".join(f"{rule} (rows: {len(found):,})" for rule, found in failures.items())
        failed = _failed(dataset, day, f"not so: {counted}")
        sample = _sample(shown, dataset, positions)
        results.append(replace(failed, failures=len(positions), partner_id=partner or None, sample=sample))
    return results


def as_frame(table: pa.Table) -> "pd.DataFrame":
    """A table as pandas: texts as categories, dates as timestamps, decimals as doubles.

    Doubles tell a millionth from the whole numbers that decimals are held to.
    """
    import pandas as pd

    columns = [_column(column) for column in table.itercolumns()]
    encoded = pa.table(columns, names=table.schema.names)
    # pandas' own types can't hold nulls: an integer would become a float, a boolean an object.
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    with_nulls = {column.type for column in columns if column.null_count}
    types = {kind: nullable[kind] for kind in with_nulls & nullable.keys()}
    return encoded.to_pandas(types_mapper=types.get, date_as_object=False)


def _column(values: Any) -> Any:
    if pa.types.is_string(values.type):
        return values.dictionary_encode()
    return values.cast(pa.float64()) if pa.types.is_decimal(values.type) else values


def _by_partition_and_partner(
    rows: pa.Table, dataset: Dataset, broken: Mapping[str, Sequence[int]]
) -> dict[tuple[date, str], dict[str, list[int]]]:
    """The positions of failed rows by partition and partner, then by rule."""
    groups: dict[tuple[date, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for rule, positions in broken.items():
        failed = rows.select([dataset.date_column, "partner_id"]).take(pa.array(positions, pa.int64()))
        for position, row in zip(positions, failed.to_pylist(), strict=True):
            groups[row[dataset.date_column], row["partner_id"] or ""][rule].append(position)
    return groups


def _sample(rows: pa.Table, dataset: Dataset, positions: Sequence[int]) -> tuple[Mapping[str, str], ...]:
    """A few rows as texts, without the columns that name a person."""
    named = [name for name in rows.schema.names if name not in dataset.personal_columns]
    taken = rows.select(named).take(pa.array(positions[:SAMPLE_ROWS], pa.int64())).to_pylist()
    return tuple({name: "" if value is None else str(value) for name, value in row.items()} for row in taken)


def _failed(dataset: Dataset, day: date, message: str) -> CheckResult:
    return CheckResult(RAW + dataset.name, CONTRACT_CHECK, day, day, Severity.ERROR, passed=False, message=message)
