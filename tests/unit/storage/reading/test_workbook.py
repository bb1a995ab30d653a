"""A workbook holds every value as it was given: read back from its XML, as text where Excel has no number for it."""

import html
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from storage.reading.workbook import sheet_name, write_workbook

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LONGEST = 32_767


def written(folder: Path, *values: Any) -> tuple[int, list[tuple[str | None, str]]]:
    """How many texts were cut; and the type and text of each value's cell, one a row below the header."""
    file = folder / "x.xlsx"
    cut = write_workbook(file, "sample", ["value"], [[[value]] for value in values], len(values))
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  written a line above
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    cells = {cell.get("r"): (cell.get("t"), "".join(cell.itertext())) for cell in sheet.iter(f"{SHEET}c")}
    return cut, [cells.get(f"A{number}", (None, "")) for number in range(2, len(values) + 2)]


def test_dates_before_march_1900_are_text(tmp_path: Path) -> None:
    days = [date(1, 1, 1), date(1899, 12, 31), date(1900, 1, 1), date(1900, 2, 28)]
    days += [date(1900, 3, 1), date(9999, 12, 31)]
    assert written(tmp_path, *days)[1] == [
        ("inlineStr", "0001-01-01"),
        ("inlineStr", "1899-12-31"),
        ("inlineStr", "1900-01-01"),
        ("inlineStr", "1900-02-28"),
        (None, "61"),  # Excel's own number of that day
        (None, "2958465"),
    ]


def test_times_are_times_where_excel_has_them(tmp_path: Path) -> None:
    times = [datetime(2026, 3, 2, 12), datetime(1900, 2, 28, 12), datetime(2026, 3, 2, 12, tzinfo=UTC)]  # noqa: DTZ001
    assert written(tmp_path, *times)[1] == [
        (None, "46083.5"),
        ("inlineStr", "1900-02-28 12:00:00"),
        ("inlineStr", "2026-03-02 12:00:00+00:00"),
    ]


def test_integers_are_numbers_as_far_as_a_double_has_them_all(tmp_path: Path) -> None:
    edge = 9_007_199_254_740_992
    values = [0, -3, edge - 1, edge, edge + 1, -edge, -edge - 1, 2**63 - 1, 2**127]
    assert written(tmp_path, *values)[1] == [
        (None, "0"),
        (None, "-3"),
        (None, "9007199254740991"),
        (None, "9007199254740992"),
        ("inlineStr", "9007199254740993"),
        (None, "-9007199254740992"),
        ("inlineStr", "-9007199254740993"),
        ("inlineStr", "9223372036854775807"),
        ("inlineStr", "170141183460469231731687303715884105728"),
    ]


def test_other_numbers(tmp_path: Path) -> None:
    values = [0.1, float("nan"), float("inf"), -float("inf"), Decimal("12.50"), Decimal("1234567890.1234567"), True]
    assert written(tmp_path, *values)[1] == [
        (None, "0.1"),
        ("inlineStr", "nan"),
        ("inlineStr", "inf"),
        ("inlineStr", "-inf"),
        (None, "12.50"),
        ("inlineStr", "1234567890.1234567"),
        ("b", "1"),
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "007", "1e3", "https://x", "mailto:x@y", "internal:A1", "#N/A", "'x", " ", "TRUE"],
)
def test_a_text_stays_a_text(text: str, tmp_path: Path) -> None:
    assert written(tmp_path, text) == (0, [("inlineStr", text)])


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "a\r\nb\tc", "_x0041_", "\x0b", "\x7f"])
def test_control_characters_are_there(text: str, tmp_path: Path) -> None:
    """In a workbook `_x001B_` is the character, and `_x005F_` an underscore that would begin such a word."""
    _, [(kind, found)] = written(tmp_path, text)
    assert kind == "inlineStr"
    decoded = re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), found)
    assert html.unescape(decoded).replace("\n", "\r\n" if "\r\n" in decoded else "\n").replace("\r\r", "\r") == text


def test_what_no_workbook_can_hold_is_marked(tmp_path: Path) -> None:
    assert written(tmp_path, "a\ufffe\uffffb")[1] == [("inlineStr", "a\ufffd\ufffdb")]


def test_a_text_that_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    texts = ["x" * LONGEST, "x" * (LONGEST + 1), "ü" * 40_000, "fine"]
    cut, cells = written(tmp_path, *texts)
    assert cut == 2
    assert cells[0] == ("inlineStr", "x" * LONGEST)
    assert cells[1][1] == "x" * (LONGEST - 29) + "… [cut, of 32,768 characters]"
    assert cells[2][1].endswith("ü… [cut, of 40,000 characters]")
    assert [len(text) for _, text in cells[1:3]] == [LONGEST, LONGEST]


@pytest.mark.parametrize("text", ["\U0001f4a1" * 16_384, "x" + "\U0001f4a1" * 20_000])
def test_a_character_of_two_units_counts_twice_and_is_not_halved(text: str, tmp_path: Path) -> None:
    cut, [(_, found)] = written(tmp_path, text)
    assert cut == 1
    assert LONGEST - 1 <= len(found.encode("utf-16-le")) // 2 <= LONGEST
    kept, _, said = found.partition("… [cut, of ")
    assert text.startswith(kept)
    assert said == f"{len(text):,} characters]"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("license_distribution_trend_of_all_products", "license_distribution_trend_of_a"),
        ("a/b\\c[d]:*?", "a_b_c_d____"),
        ("'quoted'", "quoted"),
        ("History", "rows"),
        ("", "rows"),
    ],
)
def test_names_of_sheets(name: str, expected: Sequence[str]) -> None:
    assert sheet_name(name) == expected
