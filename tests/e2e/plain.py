"""A landing folder without a flaw, a CSV file a partition, for tests that then harm or correct a partition of it."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ..reference.contract import LICENSE_USAGE, SNAPSHOTS, Dataset
from ..reference.portfolios import Portfolio
from ..reference.raw import Row, days

FILE = "export.csv"
Content = dict[tuple[str, date], list[Row]]


def write_plain(seed: int, folder: Path) -> tuple[Content, date, date]:
    """Write every snapshot that ten as-of days look back on, and three weeks of usage.

    Returns:
        The rows by dataset and day, and the first and the last as-of date.
    """
    portfolio = Portfolio(seed)
    content: Content = {}
    for dataset in SNAPSHOTS:
        for day in days(portfolio.first - timedelta(days=10), portfolio.last):
            content[dataset.name, day] = portfolio.snapshot_rows(dataset.name, day)
            deliver(folder, dataset, day, content[dataset.name, day])
    for day in days(portfolio.first - timedelta(days=11), portfolio.last):
        content[LICENSE_USAGE.name, day] = portfolio.usage_rows()
        deliver(folder, LICENSE_USAGE, day, content[LICENSE_USAGE.name, day])
    return content, portfolio.first, portfolio.last


def partition_file(folder: Path, dataset: Dataset, day: date, name: str = FILE) -> Path:
    """The path of a partition's file."""
    return folder / dataset.name / day.isoformat() / name


def deliver(folder: Path, dataset: Dataset, day: date, rows: list[Row], name: str = FILE, without: str = "") -> None:
    """Write rows as one file of a partition, `without` one of the contract's columns where named."""
    path = partition_file(folder, dataset, day, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = [column.name for column in dataset.columns if column.name != without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([_text(row[column]) for column in header] for row in rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
