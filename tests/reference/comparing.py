"""Row-for-row comparison of marts, with a difference that a person can read."""

import csv
from collections.abc import Callable
from datetime import date
from math import isclose
from pathlib import Path

from .contract import BIGINT, BOOLEAN, DATE, DOUBLE, MART_COLUMNS, MART_GRAIN
from .decisions.columns import DOUBLES, SUMMED
from .marts import Marts

TOLERANCE = 1e-9
LAST_BITS = 1e-15
"""Relative: DuckDB's cast of a decimal to a double is off by the last bit in one of a hundred cases."""
SHOWN = 12
NEVER_NULL = {"products"}
"""Texts that may be empty."""
_READ: dict[str, Callable[[str], object]] = {
    BIGINT: int,
    DOUBLE: float,
    DATE: date.fromisoformat,
    BOOLEAN: {"true": True, "false": False}.__getitem__,
}


def marts_from_csv(folder: Path) -> Marts:
    """Read the marts from <folder>/<mart>.csv; an empty field is null."""
    return {mart: mart_from_csv(folder, mart) for mart in MART_COLUMNS}


def mart_from_csv(folder: Path, mart: str) -> list[dict[str, object]]:
    """Read one mart from <folder>/<mart>.csv."""
    columns = MART_COLUMNS[mart]
    with (folder / f"{mart}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
    assert reader.fieldnames == list(columns), f"{mart}.csv has other columns than the contract"
    return [
        {
            name: None if row[name] == "" and name not in NEVER_NULL else _READ.get(kind, str)(row[name])
            for name, kind in columns.items()
        }
        for row in rows
    ]


def differences(mart: str, found: list[dict[str, object]], expected: list[dict[str, object]]) -> list[str]:
    """List what tells two sets of one mart's rows apart, one line a row or value; empty when they are equal."""
    found_rows, expected_rows = _by_grain(mart, found), _by_grain(mart, expected)
    lines = [f"{_name(key)}: {len(rows)} rows of one grain" for key, rows in found_rows.items() if len(rows) > 1]
    lines += [f"{_name(key)}: missing" for key in expected_rows if key not in found_rows]
    lines += [f"{_name(key)}: unexpected" for key in found_rows if key not in expected_rows]
    for key in expected_rows:
        if key in found_rows:
            row, right = found_rows[key][0], expected_rows[key][0]
            lines += [
                f"{_name(key)}: {column} is {row[column]!r}, expected {right[column]!r}"
                for column in right
                if not equal(column, row[column], right[column])
            ]
    return lines


def report(schema: str, mart: str, lines: list[str]) -> str:
    """Head the differences of one mart with its name and their number."""
    shown = [f"  {line}" for line in lines[:SHOWN]]
    more = [f"  … and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([f"{schema}.{mart}: {len(lines)} differences", *shown, *more])


def _by_grain(mart: str, rows: list[dict[str, object]]) -> dict[tuple[object, ...], list[dict[str, object]]]:
    grouped: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in MART_GRAIN[mart]), []).append(row)
    return grouped


def _name(key: tuple[object, ...]) -> str:
    return " / ".join(part.isoformat() if isinstance(part, date) else repr(part) for part in key)


def equal(column: str, value: object, expected: object) -> bool:
    """Tell whether two cells of a column are the same, of the same type."""
    if isinstance(value, float) and isinstance(expected, float):
        if column in SUMMED:
            return isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if column in DOUBLES.split():
            return isclose(value, expected, rel_tol=LAST_BITS)
        return abs(value - expected) <= TOLERANCE
    return type(value) is type(expected) and value == expected
