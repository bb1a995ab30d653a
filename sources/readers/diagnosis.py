"""What a file that was refused seems to be, and what to do about it: asked only once a reader has given up on it."""

import csv
import difflib
import io
from collections.abc import Iterator, Sequence

from expectations.contract import Dataset
from sources.readers.csv_records import NotUtf8Error
from sources.readers.errors import HeaderError, TooLargeError, UnreadableFileError, listed
from sources.readers.kinds import kind_of

_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ":": "':'"}
_SEARCHED_LINES = 30
_ALIKE = 0.75
_SHOWN = 3


def explained(error: UnreadableFileError, ending: str, raw: bytes, text: bytes, dataset: Dataset) -> str:
    """What is wrong with a file, with a guess at the cause where there is one, in one line.

    Args:
        error: what the reader said.
        ending: of the file's name, such as `.csv.gz`.
        raw: the file's first bytes.
        text: the first bytes of a CSV file's text, unpacked; empty where it could not be.
        dataset: whose columns are expected.
    """
    content = text or raw
    hint = kind_of(content, ending, packed=ending == ".csv.gz" and not text)
    if hint is not None:
        return hint.removeprefix("it ") if isinstance(error, TooLargeError) else f"{error}: {hint}"
    if isinstance(error, NotUtf8Error):
        hint = _encoding(error)
    elif isinstance(error, HeaderError) and ending != ".parquet":
        hint = _shifted(content, dataset) or _spelling(error.header, dataset) or _no_header(error.header, dataset)
    elif isinstance(error, HeaderError):
        hint = _spelling(error.header, dataset)
    return f"{error}: {hint}" if hint else str(error)


def _encoding(error: NotUtf8Error) -> str:
    if error.cut:
        return "it ends within a letter; is it truncated?"
    place = f"byte 0x{error.byte:02x} in line {error.line:,}"
    try:
        letter = bytes([error.byte]).decode("cp1252")
    except UnicodeDecodeError:
        return f"{place} is no text of any usual encoding"
    shown = f"'{letter}'" if letter.isprintable() else f"U+{ord(letter):04X}"
    return f"{place} would be {shown} in Windows-1252; save the file as UTF-8"


def _shifted(content: bytes, dataset: Dataset) -> str | None:
    """The header is there, but separated by another character, or under lines that are none of the table."""
    for number, line in _lines(content):
        commas = _names_of(line, ",", dataset)
        for delimiter, name in _DELIMITERS.items():
            if _names_of(line, delimiter, dataset) > max(commas, len(_required(dataset)) // 2):
                above = f", and its header is line {number}" if number > 1 else ""
                return f"it looks separated by {name}, not by ','{above}; save it with commas"
        if number > 1 and commas > len(_required(dataset)) // 2:
            return f"its header looks to be line {number}; remove the lines above it"
    _, first = next(_lines(content), (0, ""))
    for delimiter, name in _DELIMITERS.items():
        if "," not in first and first.count(delimiter) >= len(_required(dataset)) - 1:
            return f"it looks separated by {name}, not by ','; save it with commas"
    return None


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    text = io.StringIO(content.decode("utf-8-sig", errors="replace"))
    for number, line in zip(range(1, _SEARCHED_LINES + 1), text, strict=False):
        if line.strip():
            yield number, line


def _names_of(line: str, delimiter: str, dataset: Dataset) -> int:
    """How many required columns a line names, separated by a character."""
    fields = next(csv.reader([line], delimiter=delimiter), [])
    return len({plain(field) for field in fields} & {plain(name) for name in _required(dataset)})


def _spelling(header: Sequence[str], dataset: Dataset) -> str | None:
    """The missing columns that other ones are perhaps meant for, and what the file has instead."""
    known = {*dataset.column_names, dataset.date_column}
    others = list(dict.fromkeys(name for name in header if name not in known))
    if not others or (_is_a_row(header, dataset) and dataset.personal_columns):
        return None  # nobody's id is shown
    meant = {}
    for wanted in _required(dataset):
        if wanted not in header and (found := _nearest(wanted, others)) is not None:
            meant[wanted] = found
    matches = [f"is {listed([found])} meant for {wanted}?" for wanted, found in list(meant.items())[:_SHOWN]]
    return "; ".join([*matches, f"it has {listed(header)}"])


def _nearest(wanted: str, others: Sequence[str]) -> str | None:
    by_plain = {plain(name[:100]): name for name in reversed(others)}
    if wanted in by_plain:
        return by_plain[wanted]
    close = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=_ALIKE)
    if close:
        return by_plain[close[0]]
    part = next((name for name in by_plain if name and wanted.endswith(f"_{name}")), None)
    return by_plain[part] if part is not None else None


def _no_header(header: Sequence[str], dataset: Dataset) -> str | None:
    return "is its header line missing?" if _is_a_row(header, dataset) else None


def _is_a_row(header: Sequence[str], dataset: Dataset) -> bool:
    """Whether it is long enough for a row, and names no column."""
    named = {plain(name) for name in header} & set(dataset.column_names)
    return not named and len(header) >= len(_required(dataset))


def plain(name: str) -> str:
    """A column's name as the contract would spell it: lower case, words joined by underscores."""
    spelt = "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(f" {name}", name, strict=False)
    )
    words = "".join(letter if letter.isalnum() else " " for letter in spelt).lower().split()
    return "_".join(words)


def _required(dataset: Dataset) -> list[str]:
    return [column.name for column in dataset.columns if not column.nullable]
