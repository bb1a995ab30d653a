"""Publications with every column of every mart, of which one partner's or customer's values can be changed.

A changed value is as wide as the one before: how many rows others have, and how wide they are, is no secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from contracts.marts import read_marts

from .publications import PUBLISHED_AT, customer_of, day, owner_of, sub_partner_of

DAYS, ROWS = 3, 6
KEYS = ("as_of_date", "partner_id", "customer_id")
_TYPES = {"string": "varchar"}
Changed = Callable[["Cell"], bool]
"""Which cells hold another value than at first."""


@dataclass(frozen=True)
class Cell:
    """A column of a row: the row's partner, its as-of day's number, and its number on that day."""

    partner: str
    day: int
    row: int
    column: str
    kind: str


def marts() -> dict[str, dict[str, str]]:
    """DuckDB's type of each column of each mart, as the models' YAML declares them."""
    return {
        mart.name: {column.name: _TYPES.get(column.type, column.type) for column in mart.columns}
        for mart in read_marts()
    }


def value(cell: Cell, changed: Changed, null: Changed) -> Any:
    """A cell's value: its partner's and row's own, and the same width when it is changed."""
    other, number = changed(cell), cell.row + (5000 if cell.partner == "theirs" else 1000)
    match cell.column:
        case "as_of_date":
            return day((cell.day + 1) % DAYS if other else cell.day)
        case "partner_id":
            return cell.partner.replace("th", "dh") if other else cell.partner
        case "customer_id":
            return customer_of(cell.partner, cell.row).replace("customer", "kustomer" if other else "customer")
        case "owner":
            return owner_of(cell.partner, cell.row).replace("Owner", "Awner" if other else "Owner")
        case "sub_partner_id":
            return sub_partner_of(cell.partner, cell.row).replace("reseller", "geseller" if other else "reseller")
    if null(cell):
        return None
    match cell.kind:
        case "boolean":
            return bool(cell.row % 2) != other
        case "date":
            return day(number + (3000 if other else 0))
        case "varchar":
            return f"{'altered' if other else 'at once'} {cell.column} {number}"
        case "timestamp":
            return PUBLISHED_AT + timedelta(days=number + (3000 if other else 0))
    return number + (3000 if other else 0)


def write_contract(
    path: Path, changed: Changed = lambda cell: False, null: Changed = lambda cell: False, latest: bool = True
) -> Path:
    """A published file with rows of two partners in every mart."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "marts_latest", "meta"):
            connection.execute(f"create schema {schema}")
        for name, columns in marts().items():
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table marts.{name} ({listed})")
            held = _rows(columns, changed, null)
            connection.executemany(f"insert into marts.{name} values ({', '.join('?' * len(columns))})", held)
            connection.execute(f"create table marts_latest.{name} as from marts.{name}")
        connection.execute("create table meta.publication as select 'p1' as publication_id")
    return path


def _rows(columns: dict[str, str], changed: Changed, null: Changed) -> list[list[Any]]:
    held = []
    for partner in ("ours", "theirs"):
        for number in range(DAYS):
            for row in range(ROWS):
                cells = [Cell(partner, number, row, column, kind) for column, kind in columns.items()]
                held.append([value(cell, changed, null) for cell in cells])
    return held
