"""What a publication says of itself: the row of its `meta.publication`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Publication:
    """What a publication is and holds."""

    publication_id: str
    published_at: datetime
    first_as_of_date: date
    last_as_of_date: date
    contract_version: str | None
    """Of the marts; None where an earlier version published, which named the raw contract's alone."""
    raw_contract_version: str
    git_revision: str | None
    provisional_as_of_date: date | None = None  # its rows were built before it was over
    program_version: str | None = None  # None where an earlier version published


def publication_of(row: Mapping[str, Any]) -> Publication:
    """The publication of a row, by column. An earlier version's has fewer columns, a later one's more."""
    held = {column.name: row[column.name] for column in fields(Publication) if column.name in row}
    if "raw_contract_version" not in held:
        held |= {"raw_contract_version": held["contract_version"], "contract_version": None}
    return Publication(**held)
