"""Exports hold the mart's rows and columns, and no cell that a spreadsheet would run."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.files.atomic import StorageError
from storage.reading import exporting
from storage.reading.exporting import BYTE_ORDER_MARK, Exporter, Selection, neutralised
from storage.reading.opening import PublishedMarts

OLDER, NEWEST = date(2026, 3, 1), date(2026, 3, 2)
COLUMNS = ["as_of_date", "partner_id", "product", "subscription_id", "customer_name", "is_trial", "change", "ratio"]
ROWS = [
    (OLDER, "p", "meetings", "s1", "Old name", False, 0, None),
    (NEWEST, "p", "calling", "s2", '=HYPERLINK("http://x")', True, -3, 0.1),
    (NEWEST, "p", "meetings", "s1", 'Ü, "Co"\nKG', False, None, 1 / 3),
    (OLDER, "q", "meetings", "s3", "007", False, 2, 2.0),
]
LATEST = [ROWS[1], ROWS[2], ROWS[3]]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def marts() -> Iterator[PublishedMarts]:
    with duckdb.connect() as con:
        for schema, rows in (("marts", ROWS), ("marts_latest", LATEST)):
            con.execute(f"create schema {schema}")
            con.execute(
                f"create table {schema}.sample (as_of_date date, partner_id text, product text, subscription_id text,"
                " customer_name text, is_trial boolean, change bigint, ratio double)"
            )
            con.executemany(f"insert into {schema}.sample values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        yield PublishedMarts(con)


def exported(marts: PublishedMarts, selection: Selection) -> tuple[str, list[list[str]]]:
    buffer = io.StringIO(newline="")
    Exporter(marts, selection).write_csv(buffer)
    text = buffer.getvalue()
    return text, list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_csv_has_the_marts_columns_and_safe_text(marts: PublishedMarts) -> None:
    text, rows = exported(marts, Selection("sample", order="product"))
    assert text.startswith(BYTE_ORDER_MARK + "as_of_date,")
    assert rows == [
        COLUMNS,
        ["2026-03-01", "q", "meetings", "s3", "007", "false", "2", "2.0"],
        ["2026-03-02", "p", "calling", "s2", '\'=HYPERLINK("http://x")', "true", "-3", "0.1"],
        ["2026-03-02", "p", "meetings", "s1", 'Ü, "Co"\nKG', "false", "", repr(1 / 3)],
    ]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection("sample"), {"s1", "s2", "s3"}),
        (Selection("sample", (OLDER, OLDER)), {"s1", "s3"}),
        (Selection("sample", (NEWEST, NEWEST), product="calling"), {"s2"}),
        (Selection("sample", (OLDER, NEWEST), partner="q"), {"s3"}),
        (Selection("sample", (OLDER, NEWEST), partner="' or true --"), set()),
        (Selection("sample", (OLDER - timedelta(9), OLDER - timedelta(1))), set()),
    ],
)
def test_only_what_was_selected(marts: PublishedMarts, selection: Selection, expected: set[str]) -> None:
    assert {row[3] for row in exported(marts, selection)[1][1:]} == expected


def test_a_workbook_holds_texts_as_texts(marts: PublishedMarts, tmp_path: Path) -> None:
    assert Exporter(marts, Selection("sample", order="product")).write("xlsx", tmp_path / "x.xlsx") == 3
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  written a line above
    assert not list(sheet.iter(f"{SHEET}f"))
    cells = [
        ["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c") if "".join(cell.itertext())]
        for row in sheet.iter(f"{SHEET}row")
    ]
    assert cells[0] == COLUMNS
    excel_day = (NEWEST - date(1899, 12, 30)).days
    assert cells[2] == [str(excel_day), "p", "calling", "s2", '=HYPERLINK("http://x")', "1", "-3", "0.1"]
    kinds = [cell.get("t") for cell in list(sheet.iter(f"{SHEET}row"))[2].iter(f"{SHEET}c")]
    assert kinds == [None, "inlineStr", "inlineStr", "inlineStr", "inlineStr", "b", None, None]


def test_more_rows_than_a_sheet_holds(marts: PublishedMarts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    with pytest.raises(StorageError, match="sample has 3 rows of these dates, an Excel sheet holds 2"):
        Exporter(marts, Selection("sample")).write("xlsx", tmp_path / "x.xlsx")


def test_parquet_is_the_mart_as_it_is(marts: PublishedMarts, tmp_path: Path) -> None:
    file = tmp_path / "it's.parquet"
    assert Exporter(marts, Selection("sample", (OLDER, NEWEST))).write("parquet", file) == 4
    with duckdb.connect() as con:
        read = con.execute("select * from read_parquet(?) order by 1, 2, 3", [str(file)])
        assert [column[0] for column in read.description] == COLUMNS
        assert sorted(read.fetchall(), key=str) == sorted(ROWS, key=str)


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    safe = neutralised(text)
    assert not safe.lstrip(" ").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    )
    assert safe in (text, f"'{text}")


@given(st.sampled_from("=+-@\t\r\n"), st.text(), st.integers(0, 3))
def test_a_formula_is_marked(start: str, rest: str, spaces: int) -> None:
    assert neutralised(" " * spaces + start + rest) == "'" + " " * spaces + start + rest


@pytest.mark.parametrize("text", ["Webex & Co", "a=b", "3-D", "", " Gmbh", "'=1"])
def test_other_text_stays(text: str) -> None:
    assert neutralised(text) == text
