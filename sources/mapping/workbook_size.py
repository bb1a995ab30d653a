"""How large a workbook's sheet becomes in memory: looked at before it is read, since its reader keeps no bounds.

It allots a cell for each place up to the farthest one, so that two cells in a file of a kilobyte end the process
(seen with python-calamine 0.9), and it unpacks whatever an archive holds, whatever size that states.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import shown_size

_CELL_BYTES = 32
_CHUNK = 1 << 20
_ANY_SIZE = 1 << 62
_CELL = re.compile(rb"<(?:\w+:)?c(?:\s[^>]*)?(?<!/)>")
_PLACED = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*[\"']([A-Za-z]{1,9})([0-9]{1,12})[\"'][^>]*(?<!/)>")
_ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*?\s)?r\s*=\s*[\"']([0-9]{1,12})[\"'][^>]*(?<!/)>")
_USUAL_PLACES = 26 * 999_999
"""Places of the columns A to Z, of rows with six digits."""
_FAR = re.compile(rb'<c r="(?![A-Z][0-9]{1,6}")')
_UNUSUAL = (b"<c>", b"<c\t", b"<c\r", b"<c\n", b":c")
_ADVICE = "save its sheet as CSV UTF-8"


def check_unpacked_size(path: Path, memory: int) -> None:
    """Refuse a workbook that is larger than memory once it is unpacked.

    Raises:
        UnreadableFileError: it is, or it is no archive that can be unpacked.
    """
    size = 0
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            for chunk in _unpacked(packed, name):
                size += len(chunk)
                if size > memory:
                    raise TooLargeError(
                        f"holds more than {shown_size(memory)} (PORTFOLIO_MEMORY_LIMIT), unpacked: {_ADVICE}"
                    )


def check_extent(path: Path, part: str | None, memory: int) -> None:
    """Refuse a sheet with values so far from each other that all places between them are more than memory takes.

    Args:
        part: the sheet's path in the package; None: any of them may be it.

    Raises:
        UnreadableFileError: it has.
    """
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist() if part is None else [part]:
            # Most sheets are narrow and written by one of a few programs, which a glance tells.
            if memory < _USUAL_PLACES * _CELL_BYTES or not all(map(_is_usual, _tags(_unpacked(packed, name)))):
                _check_part(_tags(_unpacked(packed, name)), memory)


def _tags(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text in pieces that hold whole tags."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        cut = max(text.rfind(b"<"), 0)  # a tag may go on in the next chunk
        rest, text = text[cut:][:_CHUNK], text[:cut]
        yield text


def _is_usual(text: bytes) -> bool:
    """Whether every cell says first where it is, and is in the usual places."""
    all_placed = text.count(b'<c r="') == text.count(b"<c ") and not any(other in text for other in _UNUSUAL)
    return all_placed and _FAR.search(text) is None


def _check_part(texts: Iterator[bytes], memory: int) -> None:
    columns: list[int] = []
    rows: list[int] = []
    for text in texts:
        placed = _PLACED.findall(text)
        found = [int(row) for _, row in placed]
        if len(_CELL.findall(text)) > len(placed):  # cells without a place are in the places of their rows
            found += map(int, _ROW.findall(text))
        columns += map(_number, {column for column, _ in placed})
        rows += [min(found), max(found)] if found else []
    width, height = (max(places, default=0) - min(places, default=0) + 1 for places in (columns, rows))
    if width * height * _CELL_BYTES > memory:
        raise TooLargeError(
            f"has values over {height:,} rows and {width:,} columns, more than {shown_size(memory)}"
            f" (PORTFOLIO_MEMORY_LIMIT) takes: delete what stands far from its table, or {_ADVICE}"
        )


def _unpacked(packed: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """What a member holds, also where that is more than it states."""
    entry = packed.getinfo(name)
    entry.file_size = _ANY_SIZE
    try:
        with packed.open(entry) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (zlib.error, EOFError, RuntimeError) as error:  # RuntimeError: it has a password
        raise UnreadableFileError(f"is no Excel workbook (.xlsx) that can be read: {name[:60]} is damaged") from error


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
