"""The first rows of a file, and which of them is its header."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sources.mapping.delimited import guessed_delimiter
from sources.mapping.drafting.words import DAYS, HEADERS, TOTALS
from sources.mapping.encodings import guessed_encoding, read_pieces
from sources.mapping.headers import plain
from sources.mapping.json_stream import JsonStream
from sources.mapping.opening import open_tables
from sources.mapping.packed import FORMAT_OF, first_member, parts_of
from sources.mapping.reading import Read
from sources.mapping.tables import EXTRA
from sources.readers.csv_records import Dialect
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits

MOST_ROWS = 5_000
_WIDTH = 400
_HEADER_AMONG = 40
_HEAD = 1 << 20
_SPELT = {"\t": "tab"}
_KNOWN = {plain(name) for names in (*HEADERS.values(), DAYS) for name in names} | {plain(name) for name in HEADERS}


@dataclass(frozen=True)
class Seen:
    """What is seen of a file: its header, some of its rows, and how it is read."""

    name: str
    read: dict[str, str]
    """Keys of `read` with their values."""
    header: tuple[str, ...]
    rows: list[list[str]]
    footer: int = 0
    """Rows at the end that hold next to nothing."""
    totals: int | None = None
    """Where the column stands whose first word says that a row is one of totals; such rows are not among the rows."""
    inside: str = ""
    """The path of the file that was looked at in a .zip."""

    def column(self, place: int) -> list[str]:
        """The values of a column that are not empty."""
        return [value for row in self.rows if (value := row[place].strip())]


def look_at(path: Path, limits: ReadLimits, memory: int, scratch: Path) -> list[Seen]:
    """What is seen of a file: of a workbook each sheet with a table, that with the most known headers first.

    Raises:
        UnreadableFileError: it can't be read, or holds no table.
    """
    kind = _kind(path)
    if kind in ("json", "jsonl", "parquet"):
        return [_with_names(path, kind, limits, memory, scratch)]
    found = []
    for sheet in _sheets(path) if kind == "xlsx" else (None,):
        try:
            found.append(_seen(path, *_raw_rows(path, kind, sheet, limits, memory, scratch)))
        except UnreadableFileError:
            if sheet is None:
                raise
    if not found:
        raise UnreadableFileError("has no sheet with a table")
    inside = first_member(path) if path.suffix.lower() == ".zip" else ""
    known = sorted(found, key=lambda seen: -sum(plain(name) in _KNOWN for name in seen.header))
    return [replace(seen, inside=inside) for seen in known]


def _kind(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".zip"):
        name = first_member(path).lower()
    return FORMAT_OF.get(Path(name).suffix, "csv")


def _sheets(path: Path) -> Sequence[str | None]:
    if not path.name.lower().endswith((".xlsx", ".xlsm")):
        return (None,)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        names: list[str] = CalamineWorkbook.from_path(str(path)).sheet_names
    except CalamineError as error:
        raise UnreadableFileError("is no Excel workbook (.xlsx) that can be read") from error
    return [None] if len(names) == 1 else names


def _raw_rows(
    path: Path, kind: str, sheet: str | None, limits: ReadLimits, memory: int, scratch: Path
) -> tuple[list[list[str]], dict[str, str], bool]:
    """All cells of the first rows, blank ones among them; how they are read; and whether these are all rows."""
    if kind in ("csv", "tsv"):
        return _text_rows(path, kind, limits, scratch)
    given = {"header_row": "0", "names": [f"c{number}" for number in range(_WIDTH)], "sheet": sheet}
    rows: list[list[str]] = []
    for _, table in open_tables(path, Read.model_validate(given), limits, memory, scratch):
        for piece in table.pieces:
            columns = [piece.column(name).to_pylist() for name in piece.column_names if name != EXTRA]
            rows += [[value or "" for value in row] for row in islice(zip(*columns, strict=True), MOST_ROWS)]
            if len(rows) > MOST_ROWS:
                break
        break
    return rows[:MOST_ROWS], {} if sheet is None else {"sheet": sheet}, len(rows) <= MOST_ROWS


def _text_rows(
    path: Path, kind: str, limits: ReadLimits, scratch: Path
) -> tuple[list[list[str]], dict[str, str], bool]:
    for part in parts_of(path, Read(), limits, scratch):
        encoding = guessed_encoding(part.path)
        with part.path.open("rb") as file:
            content = file.read(_HEAD)
            whole = not file.read(1)
        text = content.decode(encoding, "ignore").removeprefix("\ufeff")
        delimiter = "\t" if kind == "tsv" else guessed_delimiter(text, Read())
        lines = io.StringIO(text, newline="")
        rows = list(islice(Dialect(delimiter).reader(lines), MOST_ROWS + 1))
        whole = whole and len(rows) <= MOST_ROWS
        read = {} if kind == "tsv" else {"delimiter": delimiter}
        if not text.isascii():  # else the next file may be of any encoding
            read["encoding"] = encoding
        return (rows if whole else rows[:-1]), {key: _SPELT.get(value, value) for key, value in read.items()}, whole
    raise UnreadableFileError("holds no table")


def _seen(path: Path, rows: list[list[str]], read: dict[str, str], whole: bool) -> Seen:
    width = max((place + 1 for row in rows for place, value in enumerate(row) if value.strip()), default=0)
    rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    place = _header_row(rows)
    header = [name.strip() for name in rows[place]]
    while header and not header[-1]:
        header.pop()
    below = [row[: len(header)] for row in rows[place + 1 :] if any(value.strip() for value in row)]
    filled = [sum(bool(value.strip()) for value in row) for row in below]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    footer = 0
    if whole:
        while footer < len(below) - 1 and filled[-1 - footer] <= min(1, usual - 2):
            footer += 1
    if place:
        read = {**read, "header_row": str(place + 1)}
    if footer:
        read = {**read, "footer_rows": str(footer)}
    rows, totals = _without_totals(below[: len(below) - footer])
    if totals is not None and (not header[totals] or header.count(header[totals]) > 1):
        totals = None
    return Seen(path.name, read, tuple(header), rows, footer, totals)


def _without_totals(rows: list[list[str]]) -> tuple[list[list[str]], int | None]:
    """The rows but for those whose first value says that they are totals; and where it stands."""
    kept, totals = [], Counter[int]()
    for row in rows:
        place = next((place for place, value in enumerate(row) if value.strip()), 0)
        if row and re.search(TOTALS, row[place]) and len(row) > 1:
            totals[place] += 1
        else:
            kept.append(row)
    if len(kept) < len(rows) / 2:  # a customer called Total, say
        return rows, None
    return kept, totals.most_common(1)[0][0] if totals else None


def _header_row(rows: list[list[str]]) -> int:
    """The row with the most known headers; of equals the one with the most cells, the first of them."""
    best, rank = -1, (0, 0)
    widths = sorted(sum(bool(value.strip()) for value in row) for row in rows[:_HEADER_AMONG])
    usual = widths[len(widths) // 2] if widths else 0
    for place, row in enumerate(rows[:_HEADER_AMONG]):
        cells = [value.strip() for value in row if value.strip()]
        if not cells or (len(cells) < 2 and len(row) > 1) or len(cells) < usual / 2 or re.search(TOTALS, cells[0]):
            continue
        words = sum(any(letter.isalpha() for letter in cell) for cell in cells)
        found = (sum(plain(cell) in _KNOWN for cell in cells), len(set(cells)) if words > len(cells) * 0.7 else 0)
        if found > rank:
            best, rank = place, found
    if best < 0:
        raise UnreadableFileError("has no row that could be a header")
    return best


def _with_names(path: Path, kind: str, limits: ReadLimits, memory: int, scratch: Path) -> Seen:
    """A file whose columns have names of their own; in JSON, the path to the longest list of records."""
    read: dict[str, str] = {}
    if kind == "json" and (records := _records_path(path)):
        read["records"] = records
    for _, table in open_tables(path, Read.model_validate(read), limits, memory, scratch):
        rows: list[list[str]] = []
        for piece in table.pieces:
            columns = [piece.column(name).to_pylist() for name in piece.column_names if name != EXTRA]
            rows += [[value or "" for value in row] for row in zip(*columns, strict=True)]
            if len(rows) >= MOST_ROWS:
                break
        return Seen(path.name, read, table.header, rows[:MOST_ROWS])
    raise UnreadableFileError("holds no table")


def _records_path(path: Path) -> str:
    """The path to the first list of objects; empty where that is at the top, or in no plain file."""
    import ijson

    if path.suffix.lower() != ".json":
        return ""
    try:
        for prefix, event, _ in ijson.parse(JsonStream(read_pieces(path))):
            if event == "start_map" and prefix.endswith("item"):
                return str(prefix).removesuffix("item").removesuffix(".")
    except ijson.JSONError:
        return ""
    return ""
