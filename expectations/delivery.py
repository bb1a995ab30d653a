"""What a reader hands to the row checks: one delivered file, every value as text."""

from dataclasses import dataclass

import pyarrow as pa

RECORD_NUMBER = "record_number"
"""Column of the record's number in its file; 1 is the first after the header."""

MALFORMED_SCHEMA = pa.schema([(RECORD_NUMBER, pa.int64()), ("fields", pa.list_(pa.string()))])
"""Records with more or fewer fields than the header: their number and the fields they have."""


def wrong_kind(column: str) -> str:
    """Name of the boolean column that marks values of `column` whose Parquet type the contract doesn't take."""
    return f"wrong_kind_{column}"


@dataclass(frozen=True)
class DeliveredFile:
    """One landing file, read.

    `rows` holds `record_number`, in rising order, and the contract's columns that the file has (its date column too,
    where carried), all as text; `wrong_kind(column)` where a typed column holds values of a wrong kind. A nullable
    column that the file lacks is absent. `malformed` has the shape of `MALFORMED_SCHEMA`.
    """

    name: str
    rows: pa.Table
    malformed: pa.Table
    unexpected_columns: tuple[str, ...] = ()

    @property
    def rows_read(self) -> int:
        """Number of records in the file, malformed ones included."""
        return int(self.rows.num_rows + self.malformed.num_rows)

    def has(self, column: str) -> bool:
        """Whether the file carries the column."""
        return column in self.rows.schema.names
