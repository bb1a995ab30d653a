"""Rows as an Excel workbook, in which every value is the one that was given: as text where Excel can't hold it.

Excel's limits: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from storage.files.temporary import temporary_folder

MOST_ROWS = 2**20 - 1
"""Rows of a sheet below the header."""
MOST_TEXT = 32_767
"""UTF-16 units of a cell's text; what is above the basic plane, such as emoji, takes two."""
# Excel takes 1900 for a leap year: its numbers of the days before March are off by one, and others read other days.
_FIRST_DAY = date(1900, 3, 1)
_MOST_INTEGER = 2**53  # beyond it a double, which is all that Excel has, skips integers
_MOST_DIGITS = 15
_SHEET_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def write_workbook(
    path: Path, name: str, columns: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]], count: int
) -> int:
    """Write rows below a header of their columns; how many texts had to be cut, each of which says so at its end.

    Args:
        name: of the sheet; cut to 31 characters, without those that a sheet's name can't have.
        count: how many rows there are, at most `MOST_ROWS`.
    """
    import xlsxwriter

    cut = 0
    with temporary_folder("workbook") as folder:
        # A text stays a text: nothing that looks like a formula, a number or a link becomes one.
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(path, options | {"tmpdir": str(folder)}) as book:
            bold = book.add_format({"bold": True})
            formats = {
                date: book.add_format({"num_format": "yyyy-mm-dd"}),
                datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            }
            sheet = book.add_worksheet(sheet_name(name))
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, count, len(columns) - 1)
            sheet.set_column(0, len(columns) - 1, 16)
            for column, title in enumerate(columns):
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate((row for batch in batches for row in batch), start=1):
                for column, value in enumerate(row):
                    held = cell(value)
                    if isinstance(held, date):
                        sheet.write_datetime(number, column, held, formats[type(held)])
                    elif isinstance(held, str):
                        text = fitting(held)
                        cut += text != held
                        sheet.write_string(number, column, _NOT_IN_XML.sub("\ufffd", text))
                    elif held is not None:
                        sheet.write(number, column, held)
    return cut


def cell(value: Any) -> Any:
    """A value as Excel can hold it: None, a boolean, a number, a date or a time; text for all others."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MOST_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() and len(value.as_tuple().digits) <= _MOST_DIGITS else str(value)
    if isinstance(value, datetime):
        return value if value.date() >= _FIRST_DAY and value.tzinfo is None else str(value)
    if isinstance(value, date):
        return value if value >= _FIRST_DAY else value.isoformat()
    return str(value)


def fitting(text: str) -> str:
    """The text, or as much of its beginning as a cell holds, with how long it was at the end."""
    if _units(text) <= MOST_TEXT:
        return text
    note = f"… [cut, of {len(text):,} characters]"
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (MOST_TEXT - len(note))]
    return kept.decode("utf-16-le", "ignore") + note


def sheet_name(name: str) -> str:
    """A name that Excel takes for a sheet."""
    given = _NOT_IN_NAMES.sub("_", name)[:_SHEET_NAME].strip("'")
    return "rows" if not given or given.casefold() == "history" else given


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)
