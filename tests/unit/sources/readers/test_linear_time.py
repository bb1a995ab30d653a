"""Odd files take a time that grows with their size, not with its square: the bounds are far above and far below."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from expectations.contract import CUSTOMERS
from sources.readers.csv_records import whole_records
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits
from sources.readers.raw_file import PIECE, expanded

from ..csv_content import parse_csv

HEADER = b"partner_id,customer_id,customer_name\n"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The seconds are of this process, so that a busy machine does not fail a test."""
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def test_many_quoted_line_ends() -> None:
    record = b'p,c,"' + b'""\n' * 225_000 + b'"\n'
    content = HEADER + record * 6
    with within(3):
        found = b"".join(records.content for records in whole_records([content], ReadLimits()))
    assert found == content
    values = parse_csv("a.csv", content, CUSTOMERS).rows.column("customer_name").to_pylist()
    assert values == ['"\n' * 225_000] * 6


def test_many_empty_members_of_a_gzip_file() -> None:
    empty = gzip.compress(b"")
    content = empty * 200_000 + gzip.compress(b"a") + b"\0" * 1000 + empty * 200_000 + gzip.compress(b"b")
    with within(10):
        assert b"".join(expanded(iter([content]))) == b"ab"


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \t\n"])
def test_many_blank_lines(line: bytes) -> None:
    blank = line * (20_000_000 // len(line))
    with within(4), pytest.raises(UnreadableFileError, match="is empty"):
        parse_csv("a.csv", blank, CUSTOMERS)
    delivered = parse_csv("a.csv", line * 1000 + HEADER + b"\n" * 20_000_000 + b"p,c,n\n", CUSTOMERS)
    assert delivered.rows.to_pylist() == [
        {"partner_id": "p", "customer_id": "c", "customer_name": "n", "record_number": 1}
    ]


@pytest.mark.parametrize("piece", [1, 7, 600, PIECE])
def test_members_of_all_sizes_in_pieces_of_all_sizes(piece: int) -> None:
    texts = [b"", b"a" * 100_000, b"b", b"", bytes(range(256)) * 40, b"c" * 3, b""]
    packed = b"".join(gzip.compress(text) + b"\0" * (number % 3) for number, text in enumerate(texts))
    pieces = (packed[start : start + piece] for start in range(0, len(packed), piece))
    assert b"".join(expanded(pieces)) == b"".join(texts)
