"""Values are the same wherever a piece of a CSV file, or a block of the parser, ends: against Python's reader."""

import csv
import io
import random

import pytest

from expectations.contract import CUSTOMERS
from sources.readers.csv_reader import read_csv
from sources.readers.csv_records import whole_records
from sources.readers.limits import ReadLimits

from ..csv_content import parse_csv

HEADER = "partner_id,customer_id,customer_name\n"
MARK = "\ufeff"


def parsed(text: str, limits: ReadLimits | None = None) -> list[list[str]]:
    delivered = read_csv("a.csv", [(HEADER + text).encode()], CUSTOMERS, limits or ReadLimits())
    rows = [(row.pop("record_number"), *row.values()) for row in delivered.rows.to_pylist()]
    wrong = [(row["record_number"], *row["fields"]) for row in delivered.malformed.to_pylist()]
    return [record for _, *record in sorted(rows + wrong)]


def expected(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]


@pytest.mark.parametrize("malformed", ["", "p,x\n"])
@pytest.mark.parametrize("shift", range(-3, 3))
def test_line_break_of_a_value_at_the_end_of_a_parsers_block(shift: int, malformed: str) -> None:
    block = 4 << 20
    row = "p,c,xxxxxxxxxxxxxxxxxxxxxxxx\n"
    head = malformed + row * (block // len(row) - 10) + 'p,c,"'
    content = head + "a" * (block - len(head) + shift) + '\r\n\r\nb"\r\np,d,n\r\n' + row * 3
    assert parsed(content) == expected(content)


def test_carriage_returns_at_every_edge() -> None:
    content = "".join(f'p,c{number},"{chr(13) * 1000}{chr(10)}"\r\n' for number in range(9000))
    assert parsed(content) == expected(content)


@pytest.mark.parametrize("first", [MARK + "p", f'"{MARK}p"', MARK, MARK * 2 + "p"])
def test_a_mark_that_begins_a_record_is_text(first: str) -> None:
    content = f"{first},c,n\n{first},d,n\n{first}\n"
    assert parsed(content) == expected(content)
    assert parse_csv("a.csv", (MARK + HEADER + content).encode(), CUSTOMERS).rows_read == 3


def test_any_text_in_pieces_and_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    letters = ["\r", "\n", "\r\n", MARK, "a", ",", '""', "b" * 20, "\u00e9"]
    for _ in range(400):
        size = chance.randint(1, 300)
        monkeypatch.setattr(
            "sources.readers.csv_reader.whole_records", lambda p, limits, n=size: whole_records(p, limits, n)
        )
        monkeypatch.setattr("sources.readers.csv_reader._BLOCK", chance.randint(64, 300))
        monkeypatch.setattr("sources.readers.csv_reader._ONE_THREAD_BELOW", chance.choice([1, 1 << 20]))
        end = chance.choice(["\r", "\n", "\r\n"])
        content = ""
        for _ in range(chance.randint(1, 30)):
            texts = [
                "".join(chance.choices(letters, k=chance.randint(0, 6))) for _ in range(chance.choice([3, 3, 3, 2]))
            ]
            start = chance.choice(["", "", MARK])
            content += f"{start or 'p'}k," + ",".join(f'"{text}"' for text in texts[1:]) + end
        assert parsed(content, ReadLimits(record_size=300)) == expected(content), (content, size)
