"""Tables in Excel workbooks (.xlsx, .xlsm)."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa

from sources.mapping.reading import Read
from sources.mapping.tables import BATCH_ROWS, RawTable, table_of
from sources.mapping.typed import shown, texts
from sources.mapping.workbook_size import check_extent, check_unpacked_size
from sources.readers.errors import TooLargeError, UnreadableFileError, listed
from sources.readers.limits import ReadLimits, too_many_columns

_ROWS_AT_A_TIME = BATCH_ROWS // 4
_LARGEST_LIST = 16 << 20
_CHUNK = 1 << 20
_NO_WORKBOOK = "is no Excel workbook (.xlsx) that can be read; is it damaged, or has it a password?"
_ERROR_CELL = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)([0-9]+)"[^>]*>(.*?)</c>', re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]*)</v>")
_NOT_SUPPORTED = (ValueError, NotImplementedError)
_Cells = dict[tuple[int, int], str]


def read_workbook(path: Path, read: Read, limits: ReadLimits, memory: int, decimals: Mapping[str, str]) -> RawTable:
    """A sheet's table. A formula is the value that it had when the file was saved; an error is its name, such as #N/A.

    Args:
        memory: bytes that the sheet may take in memory.
        decimals: as of `typed.texts`.

    Raises:
        UnreadableFileError: it is no workbook, has no such sheet or header, or is too large.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        check_unpacked_size(path, memory)
        book: Any = CalamineWorkbook.from_path(str(path))
        name = _sheet_name(book.sheet_names, read.sheet)
        part = _part_of(path, name)
        check_extent(path, part, memory)
        sheet: Any = book.get_sheet_by_name(name)
        errors = _error_cells(path, part)
    except (CalamineError, zipfile.BadZipFile, ElementTree.ParseError, KeyError, *_NOT_SUPPORTED) as error:
        raise UnreadableFileError(_NO_WORKBOOK) from error
    first_column = sheet.start[1] if sheet.start else 0
    if sheet.width > limits.columns:
        raise TooLargeError(too_many_columns(sheet.width, limits))
    rows = enumerate(sheet.iter_rows())
    above = [row for _, row in islice(rows, max(read.header_row - 1, 0))]
    if read.header_row == 0:
        header = list(read.names or ())
    else:
        header = [shown(value).strip() for _, row in islice(rows, 1) for value in row]
        if not any(header):
            raise UnreadableFileError(f"sheet {name!r} has no headers in row {read.header_row}")
    filled = sum(any(shown(value).strip() for value in row) for row in above)
    guesses = () if read.sheet or len(book.sheet_names) == 1 else (f"sheet {name!r} of {listed(book.sheet_names)}",)
    return RawTable(tuple(header), _pieces(rows, header, errors, first_column, decimals), filled, guesses)


def _pieces(
    rows: Iterator[tuple[int, list[Any]]],
    header: list[str],
    errors: _Cells,
    first_column: int,
    decimals: Mapping[str, str],
) -> Iterator[pa.Table]:
    as_text = texts(header, decimals)
    while taken := list(islice(rows, _ROWS_AT_A_TIME)):
        found = []
        for number, row in taken:
            values = [show(value) for show, value in zip(as_text, row, strict=False)]
            values += [shown(value) for value in row[len(header) :]]
            if errors:
                for place in range(len(values)):
                    values[place] = values[place] or errors.get((number, first_column + place), "")
            found.append(values)
        yield table_of(found, len(header))


def _sheet_name(names: list[str], wanted: str | None) -> str:
    if wanted is None:
        if not names:
            raise UnreadableFileError("has no sheet")
        return names[0]
    if wanted in names:
        return wanted
    alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise UnreadableFileError(f"has no sheet {wanted!r}; it has {listed(names)}")


def _error_cells(path: Path, part: str | None) -> _Cells:
    """Cells that hold an error, by row and column from 0: the reader of values shows them as empty."""
    found: _Cells = {}
    rest = b""
    if part is None:
        return found
    with zipfile.ZipFile(path) as packed, packed.open(part) as file:
        while chunk := file.read(_CHUNK):
            text = rest + chunk
            if b't="e"' in text:
                for column, row, content in _ERROR_CELL.findall(text):
                    value = _VALUE.search(content)
                    found[int(row) - 1, _column(column)] = value[1].decode() if value else "#ERROR"
            cut = text.rfind(b"<c ")  # a cell may go on in the next chunk; none is longer than this
            rest = text[cut:] if cut >= 0 else text[-64:]
            rest = rest if len(rest) < _CHUNK else b""
    return found


def _part_of(path: Path, sheet: str) -> str | None:
    """The path of a sheet's part in the package; None where that is not clear."""
    with zipfile.ZipFile(path) as packed:
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            if packed.getinfo(name).file_size > _LARGEST_LIST:
                return None
        book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314  expat bounds what entities become
        relations = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        ids = [
            next((value for key, value in element.items() if key.endswith("}id")), "")
            for element in book.iter()
            if element.tag.endswith("}sheet") and element.get("name") == sheet
        ]
        targets = [element.get("Target", "") for element in relations if element.get("Id") in ids]
        names = [f"xl/{target}" if not target.startswith("/") else target[1:] for target in targets]
        parts = [name for name in packed.namelist() if name in names]
        return parts[0] if len(ids) == len(targets) == len(parts) == 1 else None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
