"""Files of every format and dialect: the same texts come out as were written into them."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits

from .whole_tables import read


def words(blacklist: str = "") -> st.SearchStrategy[str]:
    letters = st.characters(codec="cp1252", exclude_categories=("Cc",), exclude_characters=blacklist)
    return st.text(letters | st.sampled_from("\"';,|\t\n\r äß") if not blacklist else letters, max_size=8)


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows of one width whose first cell is never empty, so that none of them is a blank line."""
    first = cell.map(lambda text: f"a{text}")
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.tuples(first, *[cell] * (width - 1)).map(list), min_size=1, max_size=8)
    )


@settings(max_examples=150, deadline=None)
@given(
    rows=tables(words()),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    above=st.integers(0, 2),
)
def test_any_table_in_any_dialect(tmp_path_factory, rows, delimiter, encoding, ending, quoting, above):
    path = tmp_path_factory.mktemp("dialect") / "export.csv"
    if (ending, quoting) == ("\n", csv.QUOTE_MINIMAL):  # the writer leaves a lone CR unquoted then
        rows = [[value.replace("\r", "") for value in row] for row in rows]
    text = io.StringIO(newline="")
    text.write(f"title{ending}" * above)
    header = [f"h{place}" for place in range(len(rows[0]))]
    csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    found = read(path, delimiter=delimiter, encoding=encoding.removesuffix("-sig"), header_row=above + 1)
    assert (found["header"], found["rows"]) == (header, rows)


@settings(max_examples=60, deadline=None)
@given(rows=tables(words(blacklist="_").map(str.strip)))
def test_any_table_in_any_format(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("formats")
    header = [f"h{place}" for place in range(len(rows[0]))]
    records = [dict(zip(header, row, strict=True)) for row in rows]
    (folder / "a.json").write_text(json.dumps({"data": {"items": records}}))
    (folder / "a.JSONL").write_text("\n".join(map(json.dumps, records)))
    pq.write_table(pa.Table.from_pylist(records), folder / "a.parquet")
    book = xlsxwriter.Workbook(str(folder / "a.xlsx"))
    sheet = book.add_worksheet()
    for number, row in enumerate([header, *rows]):
        for place, value in enumerate(row):
            sheet.write_string(number, place, value)
    book.close()
    for name, how in (("a.json", {"records": "data.items"}), ("a.JSONL", {}), ("a.parquet", {}), ("a.xlsx", {})):
        found = read(folder / name, **how)
        assert (found["header"], found["rows"]) == (header, rows), name


def test_what_is_not_named_is_guessed_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("Kunde;Straße;Betrag\nMüller;Große Str. 1, Hof;1,50\nYücel".encode("cp1252", "replace"))
    found = read(path)
    assert found["guesses"] == ["encoding cp1252", "delimiter ;"]
    assert found["rows"][0] == ["Müller", "Große Str. 1, Hof", "1,50"]


@pytest.mark.parametrize("mark", ["utf-16", "utf-8-sig"])
def test_a_mark_at_the_beginning_is_an_encoding(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_bytes("Größe\tb\n1\t2\n".encode(mark))
    assert read(path)["rows"] == [["1", "2"]]
    assert read(path)["header"] == ["Größe", "b"]


@pytest.mark.parametrize(
    ("text", "encoding"), [("L'Œuvre, sœur, Ça, Être", "cp1252"), ("Święto, środa, ręka, wieś, część", "cp1250")]
)
def test_letters_of_two_languages_with_the_same_bytes(tmp_path, text, encoding):
    path = tmp_path / "x.csv"
    path.write_bytes(f"id,name\n1,{text.replace(',', ' ')}\n".encode(encoding))
    assert read(path)["rows"] == [["1", text.replace(",", " ")]]


def test_a_late_letter_decides_the_encoding(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"x,y\n" * 200_000 + "Müller,z\n".encode("cp1252"))
    assert read(path)["rows"][-1] == ["Müller", "z"]


def test_a_wrong_encoding_is_one_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\x81,x\n")
    with pytest.raises(UnreadableFileError, match="is no text of the encoding cp1252"):
        read(path, encoding="cp1252")


def test_records_of_another_length_keep_their_place_and_every_field(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a;b;c\n1;2;3\n4\n5;6;7;8;9\n1;2;3;;\n7;8;9\n")
    assert read(path)["rows"] == [
        ["1", "2", "3"],
        ["4", "", ""],
        ["5", "6", "7", "8\x1f9"],
        ["1", "2", "3"],
        ["7", "8", "9"],
    ]


def test_typed_cells_are_the_text_that_a_person_expects(tmp_path):
    path = tmp_path / "a.XLSX"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Cover").write(0, 0, "nothing here")
    sheet = book.add_worksheet("Lizenzen")
    sheet.write(0, 1, "Report of March")
    sheet.write_row(2, 1, ["n", "text", "date", "yes", "share", "error"])
    day, share = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "0%"})
    moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    sheet.write_row(3, 1, [12, "0012"])
    sheet.write_datetime(3, 3, pd.Timestamp(2026, 3, 1), day)
    sheet.write_boolean(3, 4, True)
    sheet.write_number(3, 5, 0.2, share)
    sheet.write_formula(3, 6, "=1/0", None, "#DIV/0!")
    sheet.write_row(4, 1, [12.5, "x"])
    sheet.write_datetime(4, 3, pd.Timestamp(2026, 3, 1, 10, 30), moment)
    sheet.write_boolean(4, 4, False)
    sheet.write_row(5, 1, [123456789012345, ""])
    book.close()
    found = read(path, sheet="lizenzen", header_row=3)
    assert found["header"] == ["n", "text", "date", "yes", "share", "error"]
    assert found["rows"] == [
        ["12", "0012", "2026-03-01", "true", "0.2", "#DIV/0!"],
        ["12.5", "x", "2026-03-01 10:30:00", "false", "", ""],
        ["123456789012345", "", "", "", "", ""],
    ]
    with pytest.raises(UnreadableFileError, match="has no sheet 'Usage'; it has Cover, Lizenzen"):
        read(path, sheet="Usage")
    assert read(path)["guesses"] == ["sheet 'Cover' of Cover, Lizenzen"]


def test_json_values_and_nested_names(tmp_path):
    (tmp_path / "a.json").write_text(
        '[{"id": 1, "owner": {"name": "Ada", "tags": [1, "x"]}, "price": 12.50, "on": true},'
        ' {"id": 12345678901234567890, "price": 3.0, "off": null}]'
    )
    found = read(tmp_path / "a.json")
    assert found["header"] == ["id", "owner.name", "owner.tags", "price", "on", "off"]
    assert found["rows"] == [
        ["1", "Ada", '[1, "x"]', "12.5", "true", ""],
        ["12345678901234567890", "", "", "3", "", ""],
    ]
    with pytest.raises(UnreadableFileError, match=r"has no list of records at data; `read\.records` is"):
        read(tmp_path / "a.json", records="data")


@pytest.mark.parametrize("text", ['[{"a": 1}', "[1]", "{", '[{"a": 1},]'])
def test_broken_json_is_one_line(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnreadableFileError, match=r"is no JSON, or is truncated|is no object|has no list"):
        read(tmp_path / "a.json")


def test_parquet_types_are_text(tmp_path):
    table = pa.table(
        {
            "whole": pa.array([1.0, None]),
            "half": pa.array([0.1, 2.5], pa.float32()),
            "day": pa.array([date(2026, 3, 1), None]),
            "instant": pa.array([pd.Timestamp(2026, 3, 1), pd.Timestamp(2026, 3, 1, 1)], pa.timestamp("ns")),
            "who": pa.array([{"name": "Ada"}, None]),
            "money": pa.array([1, None], pa.decimal128(12, 2)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert found["header"] == ["whole", "half", "day", "instant", "who.name", "money"]
    assert found["rows"] == [
        ["1", "0.1", "2026-03-01", "2026-03-01", "Ada", "1"],
        ["", "2.5", "", "2026-03-01 01:00:00", "", ""],
    ]


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "."), content)
    return path


def test_files_in_gz_and_zip(tmp_path):
    (tmp_path / "a.CSV.GZ").write_bytes(gzip.compress(b"a;b\n1;2\n"))
    assert read(tmp_path / "a.CSV.GZ")["rows"] == [["1", "2"]]
    path = zipped(tmp_path / "a.zip", b__csv=b"a;b\n3;4\n", a__CSV=b"a;b\n1;2\n", readme__md=b"no table")
    assert read(path)["rows"] == [["1", "2"], ["3", "4"]]
    assert read(path, members="B*")["rows"] == [["3", "4"]]
    with pytest.raises(UnreadableFileError, match=r"holds no file that is to be read; it holds 'b\.csv'"):
        read(path, members="*.tsv")


def test_workbooks_and_parquet_in_gz_and_zip(tmp_path):
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    book.add_worksheet().write_row(0, 0, ["a", "b"])
    book.worksheets()[0].write_row(1, 0, [1, "x"])
    book.close()
    (tmp_path / "a.XLSX.gz").write_bytes(gzip.compress(content.getvalue()))
    assert read(tmp_path / "a.XLSX.gz")["rows"] == [["1", "x"]]
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "b.parquet")
    path = zipped(tmp_path / "a.zip", a__xlsx=content.getvalue(), b__parquet=(tmp_path / "b.parquet").read_bytes())
    assert read(path)["rows"] == [["1", "x"], ["1", "x"]]


def test_bombs_are_refused_before_they_fill_the_disk(tmp_path):
    limits = ReadLimits(file_size=1 << 20)
    path = zipped(tmp_path / "a.zip", a__csv=b"a\n" + b"1\n" * (1 << 20))
    with pytest.raises(UnreadableFileError, match="holds more than 1 MB, expanded"):
        read(path, limits)
    content = path.read_bytes()
    size = (2 + (2 << 20)).to_bytes(4, "little")
    path.write_bytes(content.replace(size, (5).to_bytes(4, "little")))  # it states another size than it has
    with pytest.raises(UnreadableFileError):
        read(path, limits)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a\n" + b"1\n" * (1 << 20)))
    with pytest.raises(UnreadableFileError, match="holds more than 1 MB, expanded"):
        read(tmp_path / "a.csv.gz", limits)
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    for row in range(3000):
        sheet.write_row(row, 0, ["a", "b", "c"])
    book.close()
    with pytest.raises(UnreadableFileError, match="save its sheet as CSV UTF-8"):
        read(tmp_path / "a.xlsx", memory=64 << 10)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz", "a.xlsx", "a.parquet", "a.json", "a.jsonl"])
def test_a_damaged_file_is_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 no such thing \x00\xff")
    with pytest.raises(UnreadableFileError, match=r"^[^\n]+$"):
        read(tmp_path / name)


def test_a_workbook_called_csv_and_an_unknown_ending_are_one_line(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04xl/workbook.xml")
    with pytest.raises(UnreadableFileError, match="is no text; it is an Excel workbook"):
        read(tmp_path / "a.csv")
    (tmp_path / "a.dat").write_bytes(b"a,b\n")
    with pytest.raises(UnreadableFileError, match=r"ends with \.dat: `read\.format` says what it is"):
        read(tmp_path / "a.dat")
    assert read(tmp_path / "a.dat", format="csv")["header"] == ["a", "b"]
