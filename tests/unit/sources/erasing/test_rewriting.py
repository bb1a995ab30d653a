"""Landing files written anew: what is not touched stays byte for byte, what is touched says no more than it must."""

import gzip
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS, LICENSE_USAGE
from sources.erasing.naming import NamedCustomer, NamedHolder, named_records
from sources.erasing.rewriting import with_token, without_records
from sources.readers.errors import UnreadableFileError
from sources.readers.parquet_reader import parse_parquet

from ..csv_content import parse_csv

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


def test_int96_dates_stay_what_they_are():
    """Read as nanoseconds, the years 9999 and 1 would be written as others."""
    texts = {name: ["p", "p", "p"] for name in ("partner_id", "customer_id", "subscription_id", "product", "user_id")}
    far = [datetime(9999, 12, 31), datetime(1, 1, 1), None]  # noqa: DTZ001
    near = pa.array([1, 1_700_000_000_000_000_001, None], pa.int64()).cast(pa.timestamp("ns"))
    table = pa.table({**texts, "activity_count": [1, 1, 1], "since": far, "seen": near, "tags": [["a"], [], None]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, use_deprecated_int96_timestamps=True)
    left = without_records("a.parquet", sink.getvalue().to_pybytes(), {3}, 3)
    rows = pq.read_table(pa.BufferReader(left))
    assert rows.column("since").to_pylist() == far[:2]
    assert rows.column("seen").cast(pa.int64()).to_pylist() == [1, 1_700_000_000_000_000_001]
    rewritten = with_token("a.parquet", sink.getvalue().to_pybytes(), {2}, 3, LICENSE_USAGE, "p", "token")
    rows = pq.read_table(pa.BufferReader(rewritten))
    assert rows.column("since").to_pylist() == [far[0], None, None]  # no column of the contract: emptied
    assert rows.column("tags").to_pylist() == [["a"], None, None]
    assert rows.column("user_id").to_pylist() == ["p", "token", "p"]


def test_records_of_empty_fields_have_no_number():
    content = f",,,,\n{HEADER},,\n , ,,,,,\np,c1,A,DE,,,\n,,,,,,\np,c2,B,DE,,,\n".encode()
    assert parse_csv("a.csv", content, CUSTOMERS).rows_read == 2
    assert without_records("a.csv", content, {2}, 2) == content.replace(b"p,c2,B,DE,,,\n", b"")


def test_a_name_is_found_in_text_that_stays_encoded():
    rows = 60_000
    ones = pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array(["x" * 500]))
    numbers = [f"u{number}" for number in range(rows)]
    table = pa.table(
        {
            "partner_id": ones,
            "customer_id": ones,
            "subscription_id": ones,
            "product": ["meetings"] * rows,
            "user_id": numbers,
            "activity_count": [1] * rows,
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    file = parse_parquet("a.parquet", sink.getvalue().to_pybytes(), LICENSE_USAGE)
    assert pa.types.is_dictionary(file.rows.column("customer_id").type)
    assert named_records(file, LICENSE_USAGE, NamedHolder("u41")) == {42}
    assert named_records(file, LICENSE_USAGE, NamedCustomer("y")) == set()
    owned = NamedCustomer("y", subscriptions=frozenset({("x" * 500, "x" * 500)}))
    assert len(named_records(file, LICENSE_USAGE, owned)) == rows


def stored_words(content: bytes) -> set[str]:
    """Every text in the file, those of dictionaries that no row has included; and its footer."""
    file = pq.ParquetFile(pa.BufferReader(content))
    words = {str(file.metadata.metadata)}

    def look(values) -> None:
        kind = values.type
        if pa.types.is_dictionary(kind):
            look(values.dictionary)
        elif pa.types.is_struct(kind):
            for number in range(kind.num_fields):
                look(values.field(number))
        elif pa.types.is_nested(kind):
            look(values.values if not pa.types.is_map(kind) else values.items)
        else:
            words.update(str(value) for value in values.to_pylist())

    for column in file.read().columns:
        for chunk in column.chunks:
            look(chunk)
    for number in range(len(file.schema)):  # as they are stored
        column = file.schema.column(number)
        if column.physical_type == "BYTE_ARRAY":
            stored = pq.ParquetFile(pa.BufferReader(content), read_dictionary=[column.path]).read(columns=[column.path])
            for chunk in stored.column(0).chunks:
                look(chunk)
    return words


def encoded(*values):
    return pa.array(values).dictionary_encode()


def nested(values, kind: str):
    """A column of nested values, one of the encoded ones a row."""
    places = pa.array(range(len(values) + 1), pa.int32())
    if kind == "struct":
        return pa.StructArray.from_arrays([pa.ListArray.from_arrays(places, values)], ["deep"])
    if kind == "map":
        return pa.MapArray.from_arrays(places, pa.array(["key"] * len(values)), values)
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(values, 1)
    large = kind == "large"
    return (pa.LargeListArray if large else pa.ListArray).from_arrays(
        places.cast(pa.int64()) if large else places, values
    )


@pytest.mark.parametrize("kind", ["plain", "list", "large", "fixed", "struct", "map"])
def test_no_dictionary_keeps_who_is_gone(kind):
    """Categoricals of pandas keep all their values, whichever rows are left; so does metadata."""
    named = encoded("Acme Ltd", "Bee", "Cee")
    columns = {
        "partner_id": encoded("p", "p", "p"),
        "customer_id": encoded("acme-4711", "b", "c"),
        "customer_name": named,
        "more": named if kind == "plain" else nested(named, kind),
        "raw": encoded(b"Acme Ltd", b"Bee", b"Cee"),
    }
    fields = [pa.field(name, column.type, metadata={"note": "Acme Ltd"}) for name, column in columns.items()]
    schema = pa.schema(fields, metadata={"exported for": "Acme Ltd"})
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(list(columns.values()), schema=schema), sink)
    content = sink.getvalue().to_pybytes()
    assert any("Acme Ltd" in word for word in stored_words(content))
    before = pq.read_table(pa.BufferReader(content)).to_pylist()
    left = without_records("a.parquet", content, {1}, 3)
    assert [word for word in stored_words(left) if "Acme" in word or "acme" in word] == []
    assert b"Acme" not in left
    assert pq.read_table(pa.BufferReader(left)).to_pylist() == before[1:]


def test_a_holders_columns_keep_no_dictionary():
    table = pa.table(
        {
            "partner_id": encoded("p", "p", "p"),
            "customer_id": encoded("c", "c", "c"),
            "subscription_id": encoded("s", "s", "s"),
            "product": encoded("meetings", "meetings", "meetings"),
            "user_id": encoded("jane@x", "bob", "carl"),
            "activity_count": [1, 2, 3],
            "e-mail": encoded("jane@x", "bob@x", "carl@x"),
            "tags": nested(encoded("of jane@x", "a", "b"), "struct"),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    rewritten = with_token("a.parquet", sink.getvalue().to_pybytes(), {1}, 3, LICENSE_USAGE, "jane@x", "token")
    assert [word for word in stored_words(rewritten) if "jane" in word] == []
    rows = pq.read_table(pa.BufferReader(rewritten)).to_pylist()
    emptied = {"user_id": "token", "e-mail": None, "tags": None}
    assert rows == [table.to_pylist()[0] | emptied, *table.to_pylist()[1:]]


def test_an_id_in_other_columns_goes_by_one_rule():
    """In text of the contract it is replaced; a count that equals it is a count."""
    values = {"partner_id": "p", "customer_id": "7", "subscription_id": "7", "product": "meetings", "user_id": "7"}
    head, row = ",".join([*values, "activity_count", "more"]), ",".join([*values.values(), "7", "7"])
    other = row.replace(",7,7,7", ",8,7,7")
    csv_file = with_token("a.csv", f"{head}\n{row}\n{other}\n".encode(), {1}, 2, LICENSE_USAGE, "7", "token")
    assert csv_file.decode() == f"{head}\np,token,token,meetings,token,7,\n{other}\n"
    typed = {name: [value, value] for name, value in values.items()} | {"customer_id": [7, 7], "activity_count": [7, 7]}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(typed), sink)
    parquet = with_token("a.parquet", sink.getvalue().to_pybytes(), {1}, 2, LICENSE_USAGE, "7", "token")
    first, second = pq.read_table(pa.BufferReader(parquet)).to_pylist()
    changed = {"customer_id": "token", "subscription_id": "token", "user_id": "token"}
    assert first == values | changed | {"activity_count": 7}
    assert second == values | {"activity_count": 7}
