"""What a refused file is taken for: one line that says what to do."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from expectations.contract import CUSTOMERS, DATASETS, LICENSE_USAGE, SUBSCRIPTIONS
from sources.readers.diagnosis import plain
from sources.readers.limits import ReadLimits
from sources.readers.reading import read_file

HEADER = "partner_id,customer_id,customer_name,country_code,created_on"
ROWS = "p,c1,Zoë,DE,\np,c2,B,DE,\n"
TEXT = f"{HEADER}\n{ROWS}"
LACKS_ALL = "lacks the required columns partner_id, customer_id, customer_name"


def problem(folder: Path, name: str, content: bytes, limits: ReadLimits | None = None) -> str:
    (folder / name).write_bytes(content)
    found = read_file(folder / name, CUSTOMERS, limits).problem
    assert found is not None and found.isprintable() and len(found) <= 400
    assert found.startswith(f"{name}: ")
    return found.removeprefix(f"{name}: ")


def workbook() -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(TEXT.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    return written.getvalue()


def archive(name: str = "export.csv", text: str = TEXT) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr(name, text)
    return written.getvalue()


def parquet() -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"partner_id": ["p"]}), written)
    return written.getvalue()


RECORDS = [{"partner_id": "p", "customer_id": f"c{number}", "customer_name": "n"} for number in range(30_000)]

KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "an Excel workbook": (workbook, "it is an Excel workbook; save its sheet as CSV UTF-8"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel workbook of the old kind"),
    "a zip archive": (archive, "it is a zip archive; unpack it"),
    "an OpenDocument sheet": (
        lambda: archive("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        "it is an OpenDocument spreadsheet",
    ),
    "PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "it is a PDF document"),
    "bzip2": (lambda: bz2.compress(TEXT.encode()), "it is compressed with bzip2"),
    "xz": (lambda: lzma.compress(TEXT.encode()), "it is compressed with xz"),
    "UTF-16": (lambda: TEXT.encode("utf-16"), "it is UTF-16; save it as UTF-8"),
    "UTF-16, big endian": (lambda: b"\xfe\xff" + TEXT.encode("utf-16-be"), "it is UTF-16; save it as UTF-8"),
    "UTF-16 without a mark": (lambda: TEXT.replace("ë", "e").encode("utf-16-le"), "it is UTF-16; save it as UTF-8"),
    "UTF-32": (lambda: TEXT.encode("utf-32"), "it is UTF-32; save it as UTF-8"),
    "a web page": (lambda: b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", "it is a web page (HTML)"),
    "XML": (lambda: b"<?xml version='1.0'?>\n<rows><row/></rows>", "it is XML"),
    "JSON": (lambda: json.dumps(RECORDS[:2], indent=1).encode(), "it is JSON; export the table as CSV"),
    "a JSON object": (lambda: json.dumps({"items": RECORDS[:2]}).encode(), "it is JSON; export the table as CSV"),
    "JSON lines": (lambda: "\n".join(map(json.dumps, RECORDS)).encode(), "it is JSON; export the table as CSV"),
    "JSON in one line": (lambda: json.dumps(RECORDS).encode(), "is JSON; export the table as CSV"),
    "JSON of many columns": (lambda: json.dumps(RECORDS[:5000]).encode(), "is JSON; export the table as CSV"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_file(tmp_path: Path, kind: str) -> None:
    make, expected = KINDS[kind]
    assert expected in problem(tmp_path, "a.csv", make())
    assert expected.removeprefix("it ") in problem(tmp_path, "b.csv.gz", gzip.compress(make()))
    if "JSON" not in kind and kind not in ("a web page", "XML"):
        assert expected in problem(tmp_path, "c.csv.gz", make())
        assert expected in problem(tmp_path, "d.parquet", make())


def test_what_the_name_does_not_say(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode())
    assert problem(tmp_path, "a.csv", packed) == "is not UTF-8: it is compressed with gzip; name it .csv.gz"
    assert problem(tmp_path, "a.csv.gz", gzip.compress(packed)).endswith("it is compressed twice; compress it once")
    text = "it is plain text; name it .csv if it is CSV"
    assert problem(tmp_path, "b.csv.gz", TEXT.encode()) == f"is no valid gzip file: {text}"
    assert problem(tmp_path, "a.parquet", TEXT.encode()) == f"is no valid Parquet file, or is truncated: {text}"
    assert problem(tmp_path, "b.parquet", packed).endswith("it is compressed with gzip; unpack it")
    assert problem(tmp_path, "b.csv", parquet()).endswith("it is a Parquet file; name it .parquet")
    assert problem(tmp_path, "c.parquet", parquet()[:-9]) == "is no valid Parquet file, or is truncated"
    assert problem(tmp_path, "c.csv.gz", packed[:-9]) == "is truncated: the compressed data ends early"


@pytest.mark.parametrize(("delimiter", "name"), [(";", "';'"), ("\t", "tab"), ("|", "'|'")])
def test_another_delimiter(tmp_path: Path, delimiter: str, name: str) -> None:
    said = f"it looks separated by {name}, not by ','"
    text = TEXT.replace(",", delimiter)
    assert problem(tmp_path, "a.csv", text.encode()) == f"{LACKS_ALL}: {said}; save it with commas"
    assert said in problem(tmp_path, "b.csv", text.replace("B", '"B, and sons"').encode())
    assert said in problem(tmp_path, "c.csv", text.replace("partner_id", "Partner ID").encode())
    assert said in problem(tmp_path, "d.csv", f"Partner{delimiter}Kunde{delimiter}Name\nx{delimiter}y\n".encode())
    found = problem(tmp_path, "e.csv", f"Export of 1 March\n\n{text}".encode())
    assert found.endswith(f"{said}, and its header is line 3; save it with commas")
    assert "header is line 2" in problem(tmp_path, "f.csv", f"sep={delimiter}\r\n{text}".encode())


@pytest.mark.parametrize("title", ["Customers\n", "Customers,,,,\n\nas of,2026-03-01\n", '"a, b"\n\n\n'])
def test_lines_above_the_header(tmp_path: Path, title: str) -> None:
    found = problem(tmp_path, "a.csv", f"{title}{TEXT}".encode())
    assert found == f"{LACKS_ALL}: its header looks to be line {title.count(chr(10)) + 1}; remove the lines above it"


@pytest.mark.parametrize(
    "written", ["Customer ID", "customerId", "CustomerID", "customer-id", " customer_id ", "CUSTOMER_ID", "custmer_id"]
)
def test_another_spelling(tmp_path: Path, written: str) -> None:
    text = TEXT.replace("customer_id", written)
    shown = written if written.isidentifier() else repr(written)
    assert problem(tmp_path, "a.csv", text.encode()) == (
        f"lacks the required columns customer_id: is {shown} meant for customer_id?;"
        f" it has partner_id, {shown}, customer_name, country_code, created_on"
    )
    table = pa.table({name: ["x"] for name in text.splitlines()[0].split(",")})
    written_table = io.BytesIO()
    pq.write_table(table, written_table)
    assert f"is {shown} meant for customer_id?" in problem(tmp_path, "a.parquet", written_table.getvalue())


def test_a_column_that_is_not_there_has_no_double(tmp_path: Path) -> None:
    without = f"{HEADER.replace('customer_name,', '')}\np,c,DE,\n"
    assert problem(tmp_path, "a.csv", without.encode()) == "lacks the required columns customer_name"
    other = TEXT.replace("customer_name", "zip")
    assert problem(tmp_path, "b.csv", other.encode()) == (
        "lacks the required columns customer_name: it has partner_id, customer_id, zip, country_code, created_on"
    )


def test_rows_without_a_header(tmp_path: Path) -> None:
    assert problem(tmp_path, "a.csv", b"p,p,c,n,n\n").startswith("has a column name twice: p, n: ")
    for name, dataset in DATASETS.items():
        columns = [chr(97 + number) for number in range(len(dataset.columns))]
        (tmp_path / f"{name}.csv").write_text(",".join(columns) + "\n" + ",".join(columns) + "\n")
        found = read_file(tmp_path / f"{name}.csv", dataset).problem
        expected = "is its header line missing?" if dataset.personal_columns else "it has a, b, c"
        assert found is not None and expected in found


def test_many_long_names_are_cut(tmp_path: Path) -> None:
    names = [f"{'customer' * 50}{number}" for number in range(1500)]
    found = problem(tmp_path, "a.csv", (",".join(names) + "\n").encode())
    assert found.startswith(LACKS_ALL)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp1252", "is not UTF-8: byte 0xeb in line 2 would be 'ë' in Windows-1252; save the file as UTF-8"),
        ("latin-1", "is not UTF-8: byte 0xeb in line 2 would be 'ë' in Windows-1252; save the file as UTF-8"),
        ("cp437", "is not UTF-8: byte 0x89 in line 2 would be '‰' in Windows-1252; save the file as UTF-8"),
    ],
)
def test_another_encoding(tmp_path: Path, encoding: str, said: str) -> None:
    assert problem(tmp_path, "a.csv", TEXT.encode(encoding)) == said
    far = TEXT.replace("Zoë", "Zoe") + "p,c,n,,\n" * 3_000_000 + "p,d,é,,\n"
    assert "in line 3,000,004 would be" in problem(tmp_path, "b.csv.gz", gzip.compress(far.encode(encoding), 1))


def test_a_byte_of_no_encoding_and_a_cut_letter(tmp_path: Path) -> None:
    broken = TEXT.encode("utf-8").replace("ë".encode(), b"\x81")
    assert problem(tmp_path, "a.csv", broken) == "is not UTF-8: byte 0x81 in line 2 is no text of any usual encoding"
    cut = TEXT.encode()[: TEXT.encode().index("ë".encode()) + 1]
    assert problem(tmp_path, "b.csv", cut) == "is not UTF-8: it ends within a letter; is it truncated?"


def test_a_good_file_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.readers.reading.explained", None)
    (tmp_path / "a.csv").write_text(TEXT)
    assert read_file(tmp_path / "a.csv", CUSTOMERS).problem is None


def test_names_and_values_of_people_are_not_shown(tmp_path: Path) -> None:
    for content in (
        "jane,p,c,s,meetings,1\njürgen,p,c,s,meetings,1\n".encode("cp1252"),
        b"jane,p,c,s,meetings,1\n",
        b"jane,p,c,jane,meetings,1\n",
        b"jane;p;c;s;meetings;1\n",
    ):
        (tmp_path / "a.csv").write_bytes(content)
        found = read_file(tmp_path / "a.csv", LICENSE_USAGE).problem
        assert found is not None and "jane" not in found and "rgen" not in found


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Start Date", "start_date"), ("autoRenew", "auto_renew"), ("IS-TRIAL", "is_trial"), ("status", "status")],
)
def test_how_the_contract_would_spell_a_name(written: str, meant: str) -> None:
    assert meant in SUBSCRIPTIONS.column_names
    assert plain(written) == meant
