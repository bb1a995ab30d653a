"""One pass over what was delivered: the reasons of each row, its typed values, and hashes of its content and its key.

Only what the pass computes is copied: text that has to be there stays where it was read. So a partition without
repeated keys, as nearly all are, is never a table in DuckDB.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute

from expectations.contract import ColumnType, Dataset
from expectations.delivery import RECORD_NUMBER, DeliveredFile
from expectations.given_rows import give, take_back
from expectations.holder_keys import HolderKeys
from expectations.row_checks import FILE_NUMBER, checked_sql, key_of

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_BATCH_ROWS = 8_192
_PLACE = [FILE_NUMBER, RECORD_NUMBER]
Numbers: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Judged:
    """Every row but malformed records, in the order of reading."""

    rows: pa.Table
    """file_number, record_number, the contract's columns in lake types, and reasons. Text of a row with reasons may be
    blank where it should be null."""
    reasons: Numbers
    row_hashes: Numbers
    """DuckDB's hash of the contract's columns."""
    row_hashes_hashed: Numbers
    key_hashes: Numbers

    def content_hash(self) -> str:
        """Of the rows without a reason, as `quarantine.content_hash` has it: DuckDB's sums, in the same digits."""
        good = self.reasons == 0
        sums = (_sum(hashes[good]) for hashes in (self.row_hashes, self.row_hashes_hashed))
        return "-".join(f"{number:x}" for number in (int(good.sum()), *sums))

    def repeats_a_key(self) -> bool:
        """Whether two rows without a reason have one key, or two keys one hash."""
        keys = np.sort(self.key_hashes[self.reasons == 0])
        return bool((keys[1:] == keys[:-1]).any())


def judge(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, day: date, files: Sequence[DeliveredFile], holders: HolderKeys
) -> Judged:
    """Hold every row of the files, which are in the order of reading, to the contract's row rules."""
    files = [_with_keys(con, dataset, file, holders) for file in files]
    relations = [f"delivered_{number}" for number in range(len(files))]
    as_delivered = [c.name for c in dataset.columns if c.type is ColumnType.TEXT and not c.nullable and not c.personal]
    computed = [name for name in dataset.column_names if name not in as_delivered]
    row_hash = f"hash({', '.join(dataset.column_names)})"
    query = f"""
        select {", ".join([*_PLACE, *computed])}, reasons, {row_hash} as row_hash, hash({row_hash}) as hashed,
            hash({", ".join(dataset.key)}) as key_hash
        from ({checked_sql(dataset, day, files, relations)})
    """
    for relation, file in zip(relations, files, strict=True):
        # DuckDB hands out the work by record batches: a file in one batch would be checked by one thread.
        give(con, relation, pa.Table.from_batches(file.rows.to_batches(max_chunksize=_BATCH_ROWS), file.rows.schema))
    try:
        found = _in_order(con.execute(query).to_arrow_table(), files)
    finally:
        for relation in relations:
            take_back(con, relation)
    texts = {name: _joined([file.rows.column(name) for file in files]) for name in as_delivered}
    columns: dict[str, Any] = {
        name: texts[name] if name in texts else found.column(name) for name in dataset.column_names
    }
    places: dict[str, Any] = {name: found.column(name) for name in _PLACE}
    rows = pa.table(places | columns | {"reasons": found.column("reasons")})
    hashes = (found.column(name).to_numpy() for name in ("reasons", "row_hash", "hashed", "key_hash"))
    return Judged(rows, *hashes)


def _with_keys(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, file: DeliveredFile, holders: HolderKeys
) -> DeliveredFile:
    """The file with the keys of people's ids beside them; SQL hashes what is no plain text."""
    rows = file.rows
    for name in dataset.personal_columns:
        if rows.num_rows and pa.types.is_string(rows.schema.field(name).type):
            rows = rows.append_column(key_of(name), holders.of(con, rows.column(name)))
    return replace(file, rows=rows)


def _in_order(found: pa.Table, files: Sequence[DeliveredFile]) -> pa.Table:
    """What was found, row by row beside what was delivered."""
    numbers = [file.rows.column(RECORD_NUMBER).to_numpy() for file in files]
    expected = np.repeat(np.arange(len(files)), [len(part) for part in numbers]), np.concatenate(numbers)
    if not _is_at(found, *expected):
        found = found.sort_by([(name, "ascending") for name in _PLACE])
    if not _is_at(found, *expected):
        raise AssertionError("the rows that were checked are not those that were read")
    return found


def _is_at(found: pa.Table, files: Numbers, records: Numbers) -> bool:
    return np.array_equal(found.column(FILE_NUMBER).to_numpy(), files) and np.array_equal(
        found.column(RECORD_NUMBER).to_numpy(), records
    )


def _joined(columns: Sequence[Any]) -> Any:
    """One column of several files, in one type."""
    if len({column.type for column in columns}) > 1:
        columns = [column.cast(pa.large_string()) for column in columns]
    return pa.chunked_array([chunk for column in columns for chunk in column.chunks], type=columns[0].type)


def _sum(hashes: Numbers) -> int:
    """The exact sum of numbers of 64 bits."""
    return (int((hashes >> np.uint64(32)).sum()) << 32) + int((hashes & np.uint64(0xFFFF_FFFF)).sum())
