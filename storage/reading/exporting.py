"""Rows of a published mart as a file for a person's spreadsheet or script: CSV, Excel workbook or Parquet.

Text comes from feeds, and a spreadsheet runs a cell that looks like a formula. In CSV such a text gets an apostrophe
in front (https://owasp.org/www-community/attacks/CSV_Injection); a workbook marks each text as text, and holds as text
what Excel has no exact number for; Parquet has no formulas.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import duckdb

from expectations.sql_text import sql_text
from storage.files.atomic import StorageError
from storage.reading.known_usage import known_usage
from storage.reading.opening import PublishedMarts
from storage.reading.workbook import MOST_ROWS, write_workbook

FORMATS = ("csv", "xlsx", "parquet")
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its machine."""
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width forms, which a Japanese or Chinese Excel takes as well."""
_BATCH = 10_000


@dataclass(frozen=True)
class Selection:
    """Which rows of a mart: as-of dates of a window, and perhaps one partner's or one product's."""

    mart: str
    window: tuple[date, date] | None = None
    """First and last as-of date; each partner's newest one when None."""
    partner: str | None = None
    product: str | None = None
    order: str = ""
    """Columns to sort by after as_of_date and partner_id, as in SQL."""
    is_dated: bool = True
    """Whether the mart has as-of dates and partners; one that has none has no window either."""
    condition: str = ""
    """What the rows have to meet beside that, as SQL over the mart's columns."""


class Exporter:
    """Writes one selection; its columns are the mart's, in the mart's order.

    What derives from usage is empty where the partner delivered none of the product.
    """

    def __init__(self, marts: PublishedMarts, selection: Selection) -> None:
        self._connection = marts.connection
        schema = "marts" if selection.window is not None else "marts_latest"
        columns = marts.columns.get(selection.mart, ())
        self._query = _query(selection, known_usage(marts.connection, f'{schema}."{selection.mart}"', columns))
        self._mart = selection.mart
        self.cut_texts = 0
        """Texts that were too long for a cell of the workbook that was written."""

    def write(self, file_format: str, path: Path) -> int:
        """Write the rows to a file; how many there were.

        Raises:
            StorageError: an Excel sheet can't hold so many.
        """
        match file_format:
            case "csv":
                with path.open("w", encoding="utf-8", newline="") as file:
                    return self.write_csv(file)
            case "xlsx":
                return self._write_workbook(path)
            case "parquet":
                copy = f"copy ({self._query}) to {sql_text(path)} (format parquet)"
                copied = self._connection.execute(copy).fetchone()
                return int(copied[0]) if copied else 0
        raise ValueError(f"{file_format} is none of {FORMATS}")

    def write_csv(self, file: IO[str]) -> int:
        """Write the rows as RFC 4180 with a byte order mark: dates YYYY-MM-DD, booleans true and false, null empty."""
        columns, batches = self._read()
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file)
        writer.writerow(columns)
        count = 0
        for rows in batches:
            writer.writerows([[_csv_value(value) for value in row] for row in rows])
            count += len(rows)
        return count

    def _write_workbook(self, path: Path) -> int:
        (count,) = self._connection.execute(f"select count(*) from ({self._query})").fetchone() or (0,)
        if count > MOST_ROWS:
            raise StorageError(
                f"{self._mart} has {count:,} rows of these dates, an Excel sheet holds {MOST_ROWS:,}:"
                " choose fewer dates, or csv or parquet"
            )
        columns, batches = self._read()
        self.cut_texts = write_workbook(path, self._mart, columns, batches, count)
        return int(count)

    def _read(self) -> tuple[Sequence[str], Iterator[Sequence[Sequence[Any]]]]:
        result = self._connection.execute(self._query)
        return [column[0] for column in result.description], _batches(result)


def _batches(result: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Sequence[Any]]]:
    while rows := result.fetchmany(_BATCH):
        yield rows


def _query(selection: Selection, rows: str) -> str:
    conditions = []
    if selection.window is not None:
        conditions.append("as_of_date between date '{}' and date '{}'".format(*selection.window))
    for column, value in (("partner_id", selection.partner), ("product", selection.product)):
        if value is not None:
            conditions.append(f"{column} = {sql_text(value)}")
    if selection.condition:
        conditions.append(f"({selection.condition})")
    first = ["as_of_date", "partner_id"] if selection.is_dated else ["all"]
    order = ", ".join([*first, *filter(None, [selection.order])])
    where = f"where {' and '.join(conditions)}" if conditions else ""
    return f"select * from ({rows}) {where} order by {order}"


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return neutralised(value)
    return value


def neutralised(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
