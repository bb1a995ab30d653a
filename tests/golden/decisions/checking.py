"""Holds marts to the cases worked out by hand."""

from collections.abc import Mapping
from typing import Any

from ...reference.comparing import equal
from ...reference.contract import MART_COLUMNS, MART_GRAIN
from .book import DAY, OTHERS, Book, Row


def disagreements(book: Book, mart: str, rows: list[Mapping[str, Any]]) -> list[str]:
    """What tells a mart's rows from those that a case expects, a line each.

    Args:
        rows: of all partners; those of other partners and of the bystander count for nothing.
    """
    mine = [
        row
        for row in rows
        if (row["partner_id"], row["as_of_date"]) == (book.partner, DAY) and row.get("customer_id") != OTHERS
    ]
    grain = [name for name in MART_GRAIN[mart] if name not in ("as_of_date", "partner_id")]
    found = {tuple(row[name] for name in grain): row for row in mine}
    expected: dict[tuple[Any, ...], Row] = {
        tuple(row.get(name) for name in grain): {name: row[name] for name in row if name in MART_COLUMNS[mart]}
        for row in book.expected[mart]
    }
    assert len(expected) == len(book.expected[mart]), f"{book.partner} expects two rows of one grain"
    lines = [f"{book.partner}: {key} is missing" for key in expected if key not in found]
    lines += [f"{book.partner}: {key} is unexpected" for key in found if key not in expected]
    lines += [f"{book.partner}: {len(mine)} rows, {len(found)} keys"] if len(mine) > len(found) else []
    for key in expected.keys() & found.keys():
        lines += [
            f"{book.partner}: {key}: {name} is {found[key][name]!r}, expected {value!r}"
            for name, value in expected[key].items()
            if not equal(name, found[key][name], value)
        ]
    return lines
