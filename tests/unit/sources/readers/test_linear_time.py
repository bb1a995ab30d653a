"""Odd files take a time that grows with their size, not with its square: a part and the whole are compared."""

import gzip
import time
from collections.abc import Callable

import pytest

from expectations.contract import CUSTOMERS
from sources.readers.csv_records import whole_records
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits
from sources.readers.raw_file import PIECE, expanded

from ..csv_content import parse_csv

HEADER = b"partner_id,customer_id,customer_name\n"


def assert_linear(read: Callable[[int], object], size: int) -> None:
    """Eight times as much takes eight times as long, or 64 times if it were the square: 24 lies between.

    The seconds are of this process, and of one machine: neither a slow nor a busy one fails a test. Below a second,
    memory that is touched for the first time may take more than the reading.
    """

    def seconds(part: int) -> float:
        start = time.process_time()
        read(part)
        return time.process_time() - start

    seconds(size // 8)  # what is done once is done then
    small = max(seconds(size // 8), seconds(size // 8))
    assert seconds(size) < max(24 * small, 1)


def test_many_quoted_line_ends() -> None:
    def read(lines: int) -> None:
        content = HEADER + (b'p,c,"' + b'""\n' * lines + b'"\n') * 6
        assert b"".join(records.content for records in whole_records([content], ReadLimits())) == content

    assert_linear(read, 225_000)
    content = HEADER + (b'p,c,"' + b'""\n' * 225_000 + b'"\n') * 6
    values = parse_csv("a.csv", content, CUSTOMERS).rows.column("customer_name").to_pylist()
    assert values == ['"\n' * 225_000] * 6


def test_many_empty_members_of_a_gzip_file() -> None:
    empty = gzip.compress(b"")

    def read(members: int) -> None:
        content = empty * members + gzip.compress(b"a") + b"\0" * 1000 + empty * members + gzip.compress(b"b")
        assert b"".join(expanded(iter([content]))) == b"ab"

    assert_linear(read, 200_000)


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \t\n"])
def test_many_blank_lines(line: bytes) -> None:
    def read(size: int) -> None:
        with pytest.raises(UnreadableFileError, match="is empty"):
            parse_csv("a.csv", line * (size // len(line)), CUSTOMERS)

    assert_linear(read, 20_000_000)
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
