"""Whole records of a CSV file's text, however it comes, against Python's strict reader."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.readers.csv_records import Records, whole_records
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits


@settings(max_examples=700, deadline=None)
@given(st.text('"",\r\na', max_size=14), st.booleans(), st.integers(1, 6))
@example('"', False, 1)
@example('""', True, 1)
@example('a"b,"c"', False, 2)
@example('"a"b', False, 3)
@example('"a""b"\r\n"', True, 1)
@example("a\r\nb", False, 2)
@example('a\n"b', False, 2)
def test_text_in_pieces(text: str, marked: bool, size: int) -> None:
    content = b"\xef\xbb\xbf" * marked + text.encode()
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    found: list[Records] = []
    problem = None
    try:
        found += whole_records(pieces, ReadLimits(), piece_size=size)
    except UnreadableFileError as error:
        problem = str(error)
    expected = strict_reading(text)
    if isinstance(expected, str):
        assert problem is not None and expected in problem
        return
    assert problem is None
    assert b"".join(records.content for records in found) == text.encode()
    assert [row for records in found for row in strictly_read(records.content)] == expected


def strict_reading(text: str) -> list[list[str]] | str:
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        if str(error) == "unexpected end of data":
            return "ends inside a quoted field"
        return "text after a closing quote in line"


def strictly_read(content: bytes) -> list[list[str]]:
    rows = strict_reading(content.decode())
    assert isinstance(rows, list)
    return rows


def test_the_line_of_each_piece() -> None:
    text = b'a,b\n"c\nd",e\r\n\rf\ng\n'
    found = list(whole_records([text], ReadLimits(), piece_size=1))
    assert [records.line for records in found] == [1]
    found = list(whole_records([text[at : at + 1] for at in range(len(text))], ReadLimits(), piece_size=1))
    assert found[0] == Records(b"a,b\n", 1)
    assert found[1].content.startswith(b'"c\nd",e') and found[1].line == 2


def record(size: int, *, quoted: bool = False) -> bytes:
    return b'"' + b"x" * (size - 3) + b'\n"' if quoted else b"x" * size


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
def test_the_size_of_a_record(quoted: bool, end: bytes) -> None:
    limits = ReadLimits(record_size=100)
    fits = record(40) + b"\n" + record(100, quoted=quoted) + end
    assert b"".join(records.content for records in whole_records([fits], limits)) == fits
    too_large = record(40) + b"\n" + record(103, quoted=quoted) + end
    with pytest.raises(UnreadableFileError, match=r"more than 100 bytes that begins in line 2"):
        list(whole_records([too_large], limits))


def test_a_record_that_never_ends_is_not_gathered() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(UnreadableFileError, match="more than 10 KB"):
        list(whole_records(endless(), ReadLimits(record_size=10 << 10), piece_size=1000))
    assert taken < 50


def test_the_size_of_the_file_is_that_of_its_text() -> None:
    pieces = [b"a,b\n" * 250] * 10
    assert sum(len(records.content) for records in whole_records(pieces, ReadLimits(file_size=10_000))) == 10_000
    with pytest.raises(UnreadableFileError, match=r"holds more than 9\.76 KB, expanded"):
        list(whole_records(pieces, ReadLimits(file_size=9_999), piece_size=100))


def test_stray_quotes_of_a_large_file_do_not_hide_a_record() -> None:
    """An odd number of inch marks turns the parity of all that follows."""
    rows = [f'p,c{number},5" pipe' if number % 97 == 0 else f'p,c{number},"a ""b"" c"' for number in range(3000)]
    text = "\n".join(rows).encode()
    pieces = [text[start : start + 1000] for start in range(0, len(text), 1000)]
    found = list(whole_records(pieces, ReadLimits(), piece_size=5000))
    assert len(found) > 5
    assert [row for records in found for row in strictly_read(records.content)] == strictly_read(text)
