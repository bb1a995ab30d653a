"""Landing files written anew: what is not touched stays byte for byte, what is touched says no more than it must."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS, LICENSE_USAGE
from sources.csv_reader import parse_csv
from sources.errors import UnreadableFileError
from sources.naming import NamedCustomer, NamedHolder, named_records
from sources.parquet_reader import parse_parquet
from sources.rewriting import with_token, without_records

HEADER = "partner_id,customer_id,customer_name,country_code,created_on"
BOM = b"\xef\xbb\xbf"


def test_records_that_stay_are_not_touched():
    head = BOM + f"{HEADER}\r\n".encode()
    first = b'p,c1,"Anna ""A"" & Sons",DE,\r\n'
    gone = b'p,c2,"two\r\nlines",DE,\r\n'
    last = 'p,c3,  Zoë ,"",2024-01-01'.encode()  # without an end of line
    content = head + first + b"\r\n" + gone + last
    assert without_records("a.csv", content, {2}, 3) == head + first + b"\r\n" + last


def test_a_zipped_file_stays_zipped():
    content = gzip.compress(f"{HEADER}\np,c1,A,DE,\np,c2,B,DE,\n".encode())
    assert gzip.decompress(without_records("a.csv.gz", content, {1}, 2)) == f"{HEADER}\np,c2,B,DE,\n".encode()


def test_the_ending_says_what_a_file_is_in_any_case():
    content = gzip.compress(f"{HEADER}\np,c1,A,DE,\np,c2,B,DE,\n".encode())
    assert gzip.decompress(without_records("A.CSV.GZ", content, {1}, 2)) == f"{HEADER}\np,c2,B,DE,\n".encode()
    table = pa.BufferOutputStream()
    pq.write_table(pa.table({"customer_id": ["c1", "c2"]}), table)
    rewritten = without_records("A.Parquet", table.getvalue().to_pybytes(), {1}, 2)
    assert pq.read_table(pa.BufferReader(rewritten)).to_pydict() == {"customer_id": ["c2"]}


def test_a_file_that_comes_apart_differently_is_left_alone():
    with pytest.raises(UnreadableFileError):
        without_records("a.csv", f"{HEADER}\np,c1,A,DE,\n".encode(), {1}, 2)


def test_a_token_takes_the_place_of_the_id_and_unknown_columns_are_emptied():
    content = (
        b"user_id,partner_id,customer_id,subscription_id,product,activity_count,e-mail\r\n"
        b"jane,p,c,s,meetings,1,jane@example.com\r\n"
        b"jane2,p,c,s,meetings,1,jane2@example.com\r\n"
        b"jane,p,c,s,meetings\r\n"
    )
    rewritten = with_token("a.csv", content, {1, 3}, 3, LICENSE_USAGE, "jane", "token")
    assert rewritten.splitlines() == [
        content.splitlines()[0],
        b"token,p,c,s,meetings,1,",
        content.splitlines()[2],
        b"token,p,c,s,meetings",
    ]


def usage_table() -> bytes:
    table = pa.table(
        {
            "partner_id": ["p", "q", "p"],
            "customer_id": ["c", "c", "d"],
            "subscription_id": ["s", "t", "s"],
            "product": ["meetings"] * 3,
            "user_id": [7, 7, 8],
            "activity_count": [1, 2, 3],
            "name": ["Jane", "Jane", "Joe"],
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def test_parquet_with_numbers_for_ids():
    content = usage_table()
    named = NamedHolder("7", "p")
    numbers = named_records(parse_parquet("a.parquet", content, LICENSE_USAGE), LICENSE_USAGE, named)
    assert numbers == {1}
    rewritten = with_token("a.parquet", content, numbers, 3, LICENSE_USAGE, "7", "token")
    rows = pq.read_table(pa.BufferReader(rewritten)).to_pylist()
    assert [row["user_id"] for row in rows] == ["token", "7", "8"]
    assert [row["name"] for row in rows] == [None, "Jane", "Joe"]
    left = without_records("a.parquet", content, {2}, 3)
    assert [row["partner_id"] for row in pq.read_table(pa.BufferReader(left)).to_pylist()] == ["p", "p"]


def test_a_customers_records_are_found_by_its_id_and_by_its_subscriptions():
    file = parse_parquet("a.parquet", usage_table(), LICENSE_USAGE)
    assert named_records(file, LICENSE_USAGE, NamedCustomer("c")) == {1, 2}
    assert named_records(file, LICENSE_USAGE, NamedCustomer("c", "q")) == {2}
    assert named_records(file, LICENSE_USAGE, NamedCustomer("c", "p", frozenset({("p", "s")}))) == {1, 3}


def test_a_record_with_a_field_too_many_names_whoever_is_in_any_field():
    content = f"{HEADER}\np,c1,Acme, Inc,DE,\np,c2,B,DE,\n".encode()
    file = parse_csv("a.csv", content, CUSTOMERS)
    assert named_records(file, CUSTOMERS, NamedCustomer("c1")) == {1}
    assert named_records(file, CUSTOMERS, NamedCustomer("Acme")) == {1}
    assert named_records(file, CUSTOMERS, NamedCustomer("c3")) == frozenset()
