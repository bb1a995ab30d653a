"""Workbooks that would take more memory than there is: refused before their reader sees them, whatever they state."""

import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from sources.readers.errors import UnreadableFileError

from .whole_tables import read

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>name</v></c></row>'


def book(folder: Path, rows: str, part: str = "worksheets/sheet1.xml") -> Path:
    """A workbook of one sheet with this XML of rows."""
    path = folder / "book.xlsx"

    def relation(kind: str, target: str) -> str:
        inner = f'<Relationship Id="r1" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("_rels/.rels", relation("officeDocument", "xl/workbook.xml"))
        sheet = '<sheet name="S" sheetId="1" r:id="r1"/>'
        packed.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{sheet}</sheets></workbook>'
        )
        packed.writestr("xl/_rels/workbook.xml.rels", relation("worksheet", part))
        packed.writestr(f"xl/{part}", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
    return path


def test_the_workbook_of_these_tests_is_one(tmp_path):
    path = book(tmp_path, HEADER + '<row r="2"><c r="A2"><v>1</v></c></row>')
    assert read(path)["rows"] == [["1", ""]]


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        "<row r='1048576'><c s='1' r = 'XFD1048576'><v>2</v></c></row>",
        '<row r="4294967295"><c r="ZZZZ4294967295"><v>2</v></c></row>',
        '<row r="2"><c r="XFD2"><v>2</v></c></row><row r="200000"><c><v>3</v></c></row>',
        '<row r="200000"><c\tr="B200000"><v>2</v></c><c r="XFD200000"><v>3</v></c></row>',
        '<row r="200000"><c s="1" r="XFD200000"><v>2</v></c></row>',
    ],
)
@pytest.mark.parametrize("memory", [64 << 20, 1 << 30])
def test_values_that_are_far_from_each_other_are_one_line(tmp_path, far, memory):
    with pytest.raises(UnreadableFileError, match=r"^has values over [0-9,]+ rows and [0-9,]+ columns.*as CSV UTF-8$"):
        read(book(tmp_path, HEADER + far), memory=memory)


def test_what_is_unusual_and_near_is_read(tmp_path):
    rows = (
        "<row r='2'><c r='A2'><v>1</v></c><c s='1' r='B2'><v>2</v></c></row><row><c><v>3</v></c><c><v>4</v></c></row>"
    )
    path = book(tmp_path, HEADER + rows)
    assert read(path, memory=1 << 30)["rows"] == read(path)["rows"] == [["1", "2"], ["3", "4"]]


def test_empty_cells_far_away_are_no_values(tmp_path):
    path = book(tmp_path, HEADER + '<row r="1048576" hidden="1"/><row r="9999"><c r="XFD9999" s="1"/></row>')
    assert read(path)["header"] == ["id", "name"]


@pytest.mark.parametrize("part", ["worksheets/sheet1.xml", "worksheets/sheet1.dat", "media/a.PNG"])
def test_a_workbook_that_unpacks_to_more_than_memory_is_one_line(tmp_path, part):
    path = book(tmp_path, HEADER + f'<row r="2"><c r="A2" t="str"><v>{"x" * (80 << 20)}</v></c></row>', part)
    with pytest.raises(UnreadableFileError, match=r"^holds more than 64 MB \(PORTFOLIO_MEMORY_LIMIT\), unpacked"):
        read(path)


def test_a_size_that_is_not_true_is_found_out(tmp_path):
    text = "x" * (80 << 20)
    path = book(tmp_path, HEADER + f'<row r="2"><c r="A2" t="str"><v>{text}</v></c></row>')
    with zipfile.ZipFile(path) as packed:
        size = packed.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", size), struct.pack("<L", 100)))
    with zipfile.ZipFile(path) as packed:
        assert packed.getinfo("xl/worksheets/sheet1.xml").file_size == 100
    with pytest.raises(UnreadableFileError, match="holds more than 64 MB"):
        read(path)


@pytest.mark.parametrize("damage", ["cut", "other", "password"])
def test_a_damaged_member_is_one_line(tmp_path, damage):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet().write_row(0, 0, ["id", "name"])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as packed:
        place = packed.getinfo("xl/worksheets/sheet1.xml").header_offset
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "other":
        content[place + 60 : place + 120] = b"\xff" * 60
    else:
        for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            begin = content.index(mark)
            content[begin + flag] |= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="is no Excel workbook"):
        read(path)
