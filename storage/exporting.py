"""Rows of a published mart as a file for a person's spreadsheet or script: CSV, Excel workbook or Parquet.

Text comes from feeds, and a spreadsheet runs a cell that looks like a formula. In CSV such a text gets an apostrophe
in front (https://owasp.org/www-community/attacks/CSV_Injection); a workbook marks each text as text; Parquet has no
formulas.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import duckdb

from expectations.sql_text import sql_text
from storage.atomic import StorageError
from storage.reading import PublishedMarts

FORMATS = ("csv", "xlsx", "parquet")
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its machine."""
MOST_SHEET_ROWS = 2**20 - 1
"""Rows of an Excel sheet below the header."""
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width forms, which a Japanese or Chinese Excel takes as well."""
_SHEET_NAME = 31
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


class Exporter:
    """Writes one selection; its columns are the mart's, in the mart's order."""

    def __init__(self, marts: PublishedMarts, selection: Selection) -> None:
        self._connection = marts.connection
        self._query = _query(selection)
        self._mart = selection.mart

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
        if count > MOST_SHEET_ROWS:
            raise StorageError(
                f"{self._mart} has {count:,} rows of these dates, an Excel sheet holds {MOST_SHEET_ROWS:,}:"
                " choose fewer dates, or csv or parquet"
            )
        import xlsxwriter

        # A text stays a text: nothing that looks like a formula, a number or a link becomes one.
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        columns, batches = self._read()
        with xlsxwriter.Workbook(path, options) as book:
            bold = book.add_format({"bold": True})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            sheet = book.add_worksheet(self._mart[:_SHEET_NAME])
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, count, len(columns) - 1)
            sheet.set_column(0, len(columns) - 1, 16)
            sheet.write_row(0, 0, columns, bold)
            number = 0
            for rows in batches:
                for row in rows:
                    number += 1
                    for column, value in enumerate(row):
                        if isinstance(value, date):
                            sheet.write_datetime(number, column, value, day)
                        elif isinstance(value, str):
                            sheet.write_string(number, column, value)
                        elif value is not None:
                            sheet.write(number, column, value)
        return number

    def _read(self) -> tuple[Sequence[str], Iterator[Sequence[Sequence[Any]]]]:
        result = self._connection.execute(self._query)
        return [column[0] for column in result.description], _batches(result)


def _batches(result: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Sequence[Any]]]:
    while rows := result.fetchmany(_BATCH):
        yield rows


def _query(selection: Selection) -> str:
    conditions = []
    if selection.window is not None:
        conditions.append("as_of_date between date '{}' and date '{}'".format(*selection.window))
    for column, value in (("partner_id", selection.partner), ("product", selection.product)):
        if value is not None:
            conditions.append(f"{column} = {sql_text(value)}")
    first = ["as_of_date", "partner_id"] if selection.is_dated else ["all"]
    order = ", ".join([*first, *filter(None, [selection.order])])
    schema = "marts" if selection.window is not None else "marts_latest"
    where = f"where {' and '.join(conditions)}" if conditions else ""
    return f'select * from {schema}."{selection.mart}" {where} order by {order}'


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return neutralised(value)
    return value


def neutralised(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
