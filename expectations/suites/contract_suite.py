"""The suite of a dataset's accepted rows, derived from the raw contract: no rule is written a second time."""

from collections.abc import Iterator

from expectations.contract import Column, ColumnType, Dataset
from expectations.suites import Rule, Suite

CONTRACT_CHECK = "contract"
"""The check that accepted rows meet the raw contract."""
_FRAME_TYPES = {
    ColumnType.TEXT: "CategoricalDtypeType",
    ColumnType.INTEGER: "int64",
    ColumnType.DECIMAL: "float64",
    ColumnType.DATE: "datetime64",
    ColumnType.BOOLEAN: "bool",
}
"""The types of a frame's columns, as `expectations.validation.as_frame` makes them of lake types."""


def contract_suite(dataset: Dataset) -> Suite:
    """What the contract says of accepted rows: types, nulls, allowed values, limits, date order and the key."""
    rules = [rule for column in dataset.columns for rule in _column_rules(column)]
    if dataset.ordered_dates:
        first, last = dataset.ordered_dates
        arguments = {"column_A": last, "column_B": first, "or_equal": True}
        arguments["ignore_row_if"] = "either_value_is_missing"
        rules.append(
            Rule("expect_column_pair_values_a_to_be_greater_than_b", arguments, f"{last} is not before {first}")
        )
    key = [dataset.date_column, *dataset.key]
    rules.append(
        Rule("expect_compound_columns_to_be_unique", {"column_list": key}, f"{', '.join(dataset.key)} is unique")
    )
    return Suite(dataset.name, tuple(rules))


def needed_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns that the suite looks at, the date column first; a nullable column without a rule is not read."""
    ruled = {dataset.date_column, *dataset.key, *(dataset.ordered_dates or ())}
    ruled |= {column.name for column in dataset.columns if any(_column_rules(column))}
    return tuple(name for name in (dataset.date_column, *dataset.column_names) if name in ruled)


def _column_rules(column: Column) -> Iterator[Rule]:
    named = {"column": column.name}
    if not column.nullable:
        kind = ColumnType.INTEGER if column.personal else column.type
        yield Rule(
            "expect_column_values_to_be_of_type",
            {**named, "type_": _FRAME_TYPES[kind]},
            f"{column.name} is {kind.name.lower()}",
        )
        yield Rule("expect_column_values_to_not_be_null", named, f"{column.name} is not null")
    if column.allowed:
        listed = ", ".join(column.allowed)
        yield Rule(
            "expect_column_values_to_be_in_set",
            {**named, "value_set": list(column.allowed)},
            f"{column.name} is one of {listed}",
        )
    if column.pattern:
        yield Rule(
            "expect_column_values_to_match_regex",
            {**named, "regex": rf"\A{column.pattern}\Z"},
            f"{column.name} is like {column.pattern}",
        )
    if column.maximum is not None:
        yield Rule(
            "expect_column_values_to_be_between",
            {**named, "min_value": column.minimum, "max_value": column.maximum},
            f"{column.name} is {column.minimum} to {column.maximum}",
        )
    elif column.minimum is not None:
        yield Rule(
            "expect_column_values_to_be_between",
            {**named, "min_value": column.minimum},
            f"{column.name} is {column.minimum} or more",
        )
