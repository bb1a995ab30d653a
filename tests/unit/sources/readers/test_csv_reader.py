"""CSV files: what is a record, what is its number, and what makes a file unusable."""

import gzip
import os
from pathlib import Path

import pytest

from expectations.contract import CUSTOMERS
from expectations.delivery import DeliveredFile
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits
from sources.readers.reading import UNREADABLE, file_digest, read_file

from ..csv_content import parse_csv

HEADER = b"partner_id,customer_id,customer_name,country_code,created_on\n"


def parse(content: bytes, limits: ReadLimits | None = None) -> DeliveredFile:
    return parse_csv("a.csv", content, CUSTOMERS, limits)


def rows(content: bytes) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in parse(content).rows.to_pylist()]


def test_values_stay_text_as_delivered() -> None:
    assert rows(HEADER + b"00123, c1 ,NULL,,1e3\n") == [("00123", " c1 ", "NULL", "", "1e3", 1)]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n\r\n"])
def test_line_ends(end: bytes) -> None:
    content = (HEADER + b"p,c,n,,\np,d,n,,").replace(b"\n", b"\r\n") + end
    assert rows(content) == [("p", "c", "n", "", "", 1), ("p", "d", "n", "", "", 2)]


def test_a_byte_order_mark_and_quoted_names() -> None:
    content = b'\xef\xbb\xbf"partner_id","customer_id","customer_name"\np,c,n\n'
    assert rows(content) == [("p", "c", "n", 1)]


def test_quoted_fields_hold_commas_quotes_and_line_breaks() -> None:
    content = HEADER + b'p,c,"a, ""b""\r\nc",,\np,d,"",,\n'
    assert rows(content) == [("p", "c", 'a, "b"\r\nc', "", "", 1), ("p", "d", "", "", "", 2)]


def test_a_header_with_a_line_break_in_a_name() -> None:
    content = b'"note\n1",partner_id,customer_id,customer_name\nx,p,c,n\n'
    assert rows(content) == [("p", "c", "n", 1)]
    assert parse(content).unexpected_columns == ("note\n1",)


def test_columns_are_found_by_name_in_any_order_and_extra_ones_are_left_out() -> None:
    delivered = parse(b"zip,customer_name,snapshot_date,customer_id,partner_id,Partner_ID\n1,n,2026-03-01,c,p,P\n")
    assert delivered.unexpected_columns == ("zip", "Partner_ID")
    assert delivered.rows.to_pylist() == [
        {"partner_id": "p", "customer_id": "c", "customer_name": "n", "snapshot_date": "2026-03-01", "record_number": 1}
    ]


def test_records_keep_their_number_around_wrong_field_counts_and_blank_lines() -> None:
    delivered = parse(HEADER + b'p,a,n,,\n\np,b\np,c,n,,\n\r\n"x\ny",,,,,"q"\np,d,n,,\n   \n""\n')
    assert delivered.rows.column("record_number").to_pylist() == [1, 3, 5]
    assert delivered.malformed.to_pylist() == [
        {"record_number": 2, "fields": ["p", "b"]},
        {"record_number": 4, "fields": ["x\ny", "", "", "", "", "q"]},
    ]
    assert delivered.rows_read == 5


def test_records_of_empty_fields_are_none_and_have_no_number() -> None:
    content = b" , ,\r\n" + HEADER + b'p,a,n,,\n,,,,\n \t,"\r\n"," ",,\n,\np,b\n"",,,,,,,\n\xc2\xa0,,,,\np,c,n,,\n'
    delivered = parse(content)
    assert [tuple(row.values()) for row in delivered.rows.to_pylist()] == [
        ("p", "a", "n", "", "", 1),
        ("\xa0", "", "", "", "", 3),  # a no-break space is no white space of the contract
        ("p", "c", "n", "", "", 4),
    ]
    assert delivered.malformed.to_pylist() == [{"record_number": 2, "fields": ["p", "b"]}]
    assert delivered.rows_read == 4


def test_a_value_in_a_column_that_is_not_read_makes_a_record() -> None:
    delivered = parse(b"zip,partner_id,customer_id,customer_name,note\n,,,,\n1,,,,\n,,,, x\n,,,,  \n")
    assert delivered.rows.to_pylist() == [
        {"partner_id": "", "customer_id": "", "customer_name": "", "record_number": number} for number in (1, 2)
    ]


def test_many_records_of_empty_fields_in_several_threads() -> None:
    content = HEADER + b"".join(b"p,%d,n,,\n,,,,\n" % n if n % 1000 else b"p,%d\n" % n for n in range(1, 200_001))
    delivered = parse(content)
    assert delivered.rows.column("record_number").to_pylist() == [n for n in range(1, 200_001) if n % 1000]
    assert delivered.rows.column("customer_id").to_pylist() == [str(n) for n in range(1, 200_001) if n % 1000]
    assert delivered.malformed.column("record_number").to_pylist() == list(range(1000, 200_001, 1000))


@pytest.mark.parametrize("header_end", [b",", b",,,", b", ,\t"])
def test_empty_header_fields_at_the_end_are_no_columns(header_end: bytes) -> None:
    rest = b"," * header_end.count(b",")
    content = HEADER.strip() + header_end + b"\np,a,n,," + rest + b"\np,b,n,,\np,c,n,," + b", " * len(rest) + b"\n"
    delivered = parse(content)
    assert delivered.unexpected_columns == ()
    assert delivered.rows.column("customer_id").to_pylist() == ["a", "c"]
    assert delivered.rows.column("record_number").to_pylist() == [1, 3]
    assert delivered.malformed.to_pylist() == [{"record_number": 2, "fields": ["p", "b", "n", "", ""]}]


def test_an_empty_header_field_over_a_value_is_a_column() -> None:
    delivered = parse(HEADER.strip() + b",\np,a,n,,,\np,b,n,,,x\n")
    assert delivered.unexpected_columns == ("",)
    assert delivered.rows.column("customer_id").to_pylist() == ["a", "b"]


def test_as_many_columns_as_the_limit() -> None:
    names = ",".join(f"x{number}" for number in range(1995)).encode()
    assert len(parse(HEADER.strip() + b"," + names + b"\n").unexpected_columns) == 1995
    with pytest.raises(UnreadableFileError, match="has 2,001 columns, more than 2,000"):
        parse(HEADER.strip() + b"," + names + b",one_more\n")
    with pytest.raises(UnreadableFileError, match="has 5 columns, more than 4"):
        parse(HEADER, ReadLimits(columns=4))


def test_text_of_a_header_with_many_columns_is_short() -> None:
    names = ",".join(f"{'long' * 100}{number}" for number in range(500))
    with pytest.raises(UnreadableFileError, match="has a column name twice") as caught:
        parse(f"{names},{names}\n".encode())
    assert len(str(caught.value)) < 1500 and "490 more" in str(caught.value)


def test_numbers_are_right_in_a_file_of_several_blocks() -> None:
    wide = b"x" * 400
    content = HEADER + b"".join(b"p,%d,%s,,\n" % (n, wide) if n % 1000 else b"p,%d\n\n" % n for n in range(1, 50_001))
    delivered = parse(content)
    assert delivered.rows.column("record_number").to_pylist() == [n for n in range(1, 50_001) if n % 1000]
    assert [int(n) for n in delivered.rows.column("customer_id").to_pylist()] == [
        n for n in range(1, 50_001) if n % 1000
    ]
    assert [(row["record_number"], row["fields"][1]) for row in delivered.malformed.to_pylist()] == [
        (n, str(n)) for n in range(1000, 50_001, 1000)
    ]


def test_a_record_wider_than_the_parsers_block() -> None:
    name = "x\n" * 5_000_000
    content = HEADER + b'p,c,"' + name.encode() + b'",,\np,d,n,,\n'
    delivered = parse(content, ReadLimits(record_size=20_000_000))
    assert delivered.rows.column("customer_name").to_pylist() == [name, "n"]
    with pytest.raises(UnreadableFileError, match="a record of more than 1 MB that begins in line 2"):
        parse(content)


def test_a_malformed_record_with_a_field_of_more_than_128_kilobytes() -> None:
    delivered = parse(HEADER + b"p," + b"x" * 200_000 + b"\n")
    assert delivered.malformed.column("fields").to_pylist() == [["p", "x" * 200_000]]


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), b"\n\n" + HEADER])
def test_a_header_without_records(content: bytes) -> None:
    delivered = parse(content)
    assert delivered.rows_read == 0
    assert delivered.unexpected_columns == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty: it has no header line"),
        (b"\n\r\n", "is empty: it has no header line"),
        (b"\xef\xbb\xbf", "is empty: it has no header line"),
        (b"p,c,,n,,x\n", "has a column name twice: ''"),
        (HEADER.strip() + b",,\np,c,n,,,,x\n", "has a column name twice: ''"),
        (b"p,c,n\n", "lacks the required columns partner_id, customer_id, customer_name"),
        (b"partner_id, customer_id,Customer_Name\n", "lacks the required columns customer_id, customer_name"),
        (HEADER.strip() + b",customer_id\n", "has a column name twice: customer_id"),
        (HEADER.strip() + b",zip,zip\n", "has a column name twice: zip"),
        (HEADER + b"p,c,\xff,,\n", "is not UTF-8"),
        (HEADER.strip() + b",extra\np,c,n,,,\xff\n", "is not UTF-8"),
        (HEADER + b"p,c,n\xc3", "is not UTF-8"),
        ((HEADER + b"p,c,n,,\n").decode().encode("utf-16"), "is not UTF-8"),
        (HEADER + b'p,c,"n,,\np,d,n,,\n', "ends inside a quoted field"),
        (HEADER + b'p,c,n,,"2026', "ends inside a quoted field"),
        (HEADER + b'p,"', "ends inside a quoted field"),
        (HEADER + b'p,c,"The "Best" Inc.",,\n', "has text after a closing quote in line 2"),
        (HEADER + b'p,c,"n" ,,\n', "has text after a closing quote in line 2"),
        # Without the check this would be one record, and the customers d and e gone.
        (HEADER + b'p,c,"Acme,,\np,d,n,,\np,e,"Beta",,\n', "has text after a closing quote in line 4"),
        (b'partner_id,"customer_id,customer_name\n', "lacks the required columns customer_id, customer_name"),
    ],
)
def test_unusable_files(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFileError, match=problem) as caught:
        parse(content)
    assert "\n" not in str(caught.value)


def test_gzip_of_one_or_several_members(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEADER + b"p,c,n,,\n") + gzip.compress(b"p,d,n,,\n"))
    read = read_file(path, CUSTOMERS)
    assert read.problem is None and read.delivered is not None
    assert read.delivered.rows.column("customer_id").to_pylist() == ["c", "d"]
    assert read.digest == file_digest(path)


def test_files_whose_bytes_are_unusable(tmp_path: Path) -> None:
    whole = gzip.compress(HEADER + b"p,c,n,,\n" * 1000)
    (tmp_path / "cut.csv.gz").write_bytes(whole[:-30])
    (tmp_path / "plain.csv.gz").write_bytes(HEADER)
    (tmp_path / "corrupt.csv.gz").write_bytes(whole[:30] + b"\xff\xff\xff" + whole[33:])
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe\n.csv")
    problems = {path.name: read_file(path, CUSTOMERS).problem for path in tmp_path.iterdir()}
    assert problems == {
        "cut.csv.gz": "cut.csv.gz: is truncated: the compressed data ends early",
        "plain.csv.gz": "plain.csv.gz: is no valid gzip file: it is plain text; name it .csv if it is CSV",
        "corrupt.csv.gz": "corrupt.csv.gz: is no valid gzip file",
        "folder.csv": "folder.csv: is a folder, not a file",
        "link.csv": "link.csv: cannot be read: No such file or directory",
        "zero.csv": "zero.csv: is a pipe, a socket or a device, not a file",
        "pipe\n.csv": "pipe\\n.csv: is a pipe, a socket or a device, not a file",
    }
    assert file_digest(tmp_path / "pipe\n.csv") == UNREADABLE
    assert file_digest(tmp_path / "folder.csv") == read_file(tmp_path / "folder.csv", CUSTOMERS).digest == UNREADABLE


@pytest.mark.parametrize("name", ["A.CSV", "a.Csv", "A.CSV.GZ", "a.csv.Gz"])
def test_the_ending_says_how_a_file_is_read_in_any_case(tmp_path: Path, name: str) -> None:
    content = HEADER + b"p,c,n,,\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    delivered = read_file(tmp_path / name, CUSTOMERS).delivered
    assert delivered is not None and (delivered.name, delivered.rows_read) == (name, 1)


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_bytes(HEADER + b"p,c,n,,\n")
    read = read_file(path, CUSTOMERS)
    assert read.delivered is not None and read.delivered.rows_read == 1
    assert read.name == read.delivered.name == "caf\\xe9.csv"
