"""Landing files written anew: some records left out, or another word in place of a licence holder's id.

Everything else stays as it was delivered; records of CSV files that are not touched stay byte for byte.
"""

import csv
import gzip
import io
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from expectations.contract import ColumnType, Dataset
from sources.landing.folder import file_ending
from sources.readers.errors import UnreadableFileError
from sources.readers.malformed import is_blank

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_BOM = b"\xef\xbb\xbf"
_WITH_TEXT = (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_Change = Callable[[list[str], list[str]], list[str] | None]
"""What becomes of a CSV record, given the header and its fields; None leaves it out."""


def without_records(name: str, content: bytes, numbers: Collection[int], rows_read: int) -> bytes:
    """The file's bytes without the records of these numbers; 1 is the first after the header.

    Raises:
        UnreadableFileError: the file can't be taken apart into the `rows_read` records that reading it found.
    """
    if file_ending(name) == ".parquet":
        table = _read_table(content)
        return _written_table(table.filter(_mask(numbers, table.num_rows, invert=True)))
    return _rewrite_csv(name, content, numbers, rows_read, lambda header, fields: None)


def with_token(
    name: str, content: bytes, numbers: Collection[int], rows_read: int, dataset: Dataset, user_id: str, token: str
) -> bytes:
    """The file's bytes with `token` for the user id in these records, in every column of text that the contract knows.

    Columns that it doesn't know are emptied there, for they may name the same person. A count that equals the id stays.
    Of a record with too many or too few fields, each field that is the id is replaced.

    Raises:
        UnreadableFileError: as of `without_records`.
    """
    known = {*dataset.column_names, dataset.date_column}
    texts = {column.name for column in dataset.columns if column.type is ColumnType.TEXT}
    if file_ending(name) == ".parquet":
        return _token_in_table(_read_table(content), numbers, known, texts, user_id, token)

    def change(header: list[str], fields: list[str]) -> list[str]:
        if len(fields) != len(header):
            return [token if value == user_id else value for value in fields]
        values = {column: value for column, value in zip(header, fields, strict=True) if column in known}
        values |= {column: token for column, value in values.items() if column in texts and value == user_id}
        return [values.get(column, "") for column in header]

    return _rewrite_csv(name, content, numbers, rows_read, change)


def _rewrite_csv(name: str, content: bytes, numbers: Collection[int], rows_read: int, change: _Change) -> bytes:
    zipped = file_ending(name) == ".csv.gz"
    plain = gzip.decompress(content) if zipped else content
    mark = _BOM if plain.startswith(_BOM) else b""
    text = plain[len(mark) :].decode()
    written = io.StringIO(newline="")
    header: list[str] = []
    number = -1
    for fields, raw in _records(text):
        blank = is_blank(fields)
        if not blank:
            number += 1
        if number == 0 and not header:
            header = fields
        if blank or number not in numbers:
            written.write(raw)
            continue
        changed = change(header, fields)
        if changed is not None:
            ending = raw[len(raw.rstrip("\r\n")) :] or "\n"
            csv.writer(written, lineterminator=ending).writerow(changed)
    if number != rows_read:
        raise UnreadableFileError("cannot be taken apart into its records")
    result = mark + written.getvalue().encode()
    return gzip.compress(result, mtime=0) if zipped else result


def _records(text: str) -> Iterator[tuple[list[str], str]]:
    """Each CSV record, a blank line as one without fields, and the text that it was read from."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for fields in csv.reader(lines()):
        yield fields, "".join(taken)
        taken.clear()


def _read_table(content: bytes) -> pa.Table:
    table = pq.ParquetFile(pa.BufferReader(content)).read()
    # Nanoseconds, as which INT96 is read, wrap around beyond 2262; microseconds reach every date.
    wide = pq.ParquetFile(pa.BufferReader(content), coerce_int96_timestamp_unit="us").read()
    for position, field in enumerate(wide.schema):
        if field.type != table.schema.types[position] and not _same(table.column(position), wide.column(position)):
            table = table.set_column(position, field, wide.column(position))
    return _without_leftovers(table)


def _without_leftovers(table: pa.Table) -> pa.Table:
    """The rows alone: a dictionary keeps values that no row has any more, and metadata may say anything."""
    schema = pa.schema([_bare_field(field) for field in table.schema])
    columns = [column.cast(kind) for column, kind in zip(table.columns, schema.types, strict=True)]
    return pa.table(columns, schema=schema)


def _bare_field(field: Any) -> Any:
    needed = {key: value for key, value in (field.metadata or {}).items() if key == b"PARQUET:field_id"}
    return pa.field(field.name, _decoded(field.type), field.nullable, needed or None)


def _decoded(kind: Any) -> Any:
    """The type without dictionaries, however deep they are."""
    if pa.types.is_dictionary(kind):
        return _decoded(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_bare_field(field) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(_bare_field(kind.key_field), _bare_field(kind.item_field), kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_bare_field(kind.value_field), kind.list_size)
    for is_one, made in (
        (pa.types.is_list, pa.list_),
        (pa.types.is_large_list, pa.large_list),
        (pa.types.is_list_view, pa.list_view),
        (pa.types.is_large_list_view, pa.large_list_view),
    ):
        if is_one(kind):
            return made(_bare_field(kind.value_field))
    return kind


def _same(nanoseconds: Any, microseconds: Any) -> bool:
    if not pa.types.is_timestamp(microseconds.type):  # nested: compared no further
        return False
    apart = pc.subtract(pc.divide(nanoseconds.cast(pa.int64()), 1000), microseconds.cast(pa.int64()))
    return pc.max(pc.abs(apart)).as_py() in (None, 0, 1)


def _written_table(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _token_in_table(
    table: pa.Table, numbers: Collection[int], known: set[str], texts: set[str], user_id: str, token: str
) -> bytes:
    mask = _mask(numbers, table.num_rows)
    for position, column in enumerate(table.column_names):
        values = table.column(position)
        if column == "user_id":
            values = pc.if_else(mask, token, values.cast(pa.string()))
        elif column in texts:
            values = _with_word(values, mask, user_id, token)
        elif column not in known:
            # Not if_else, which takes fewer types: a take of no row gives null.
            values = values.take(pc.if_else(mask, None, pa.array(range(table.num_rows), pa.int64())))
        table = table.set_column(position, column, values)
    return _written_table(table)


def _with_word(values: Any, mask: Any, user_id: str, token: str) -> Any:
    """A column as text with the token for the id where the mask says so; as it is where that is nowhere."""
    kind = values.type
    if not any(is_one(kind) for is_one in _WITH_TEXT):
        return values  # wrong as a whole, and no text
    text = values.cast(pa.string())
    named = pc.and_(mask, pc.fill_null(pc.equal(text, user_id), False))
    return pc.if_else(named, token, text) if pc.any(named).as_py() else values


def _mask(numbers: Collection[int], rows: int, *, invert: bool = False) -> Any:
    chosen = pc.is_in(pa.array(range(1, rows + 1), pa.int64()), value_set=pa.array(sorted(numbers), pa.int64()))
    return pc.invert(chosen) if invert else chosen
