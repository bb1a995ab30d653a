"""Parquet files whose bytes were harmed: footer, page headers, pages."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from ..reference.contract import LICENSE_ASSIGNMENTS
from .cases import cases
from .edits import HARM, Edit, harmed
from .ingesting import Ingesting

ROWS = 30
_COUNTS: list[Any] = [
    pa.int16(),
    pa.int64(),
    pa.uint64(),
    pa.float32(),
    pa.float64(),
    pa.decimal32(9, 2),
    pa.decimal64(18, 3),
    pa.decimal128(18, 2),
    pa.decimal256(40, 3),
    pa.string(),
]
_DATES: list[Any] = [pa.date32(), pa.date64(), pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.string()]


def _counts(kind: Any) -> Any:
    if pa.types.is_decimal(kind):
        return pa.array([Decimal(number) for number in range(ROWS)], kind)
    return pa.array(range(ROWS)).cast(kind)


@st.composite
def parquet_files(draw: st.DrawFn, day: date) -> bytes:
    """Licence lines in columns of many types, written in many ways."""
    table = pa.table(
        {
            "partner_id": ["p"] * ROWS,
            "customer_id": [f"c{number}" for number in range(ROWS)],
            "subscription_id": pa.array(range(ROWS)),
            "product": pa.array(["meetings", "calling"] * (ROWS // 2)).dictionary_encode(),
            "license_code": ["EE"] * ROWS,
            "license_name": [None, "a name"] * (ROWS // 2),
            "total_licenses": _counts(draw(st.sampled_from(_COUNTS))),
            "assigned_licenses": _counts(draw(st.sampled_from(_COUNTS))),
            "snapshot_date": pa.array([day] * ROWS).cast(draw(st.sampled_from(_DATES))),
            "tags": [[1, 2]] * ROWS,
        }
    )
    written = io.BytesIO()
    pq.write_table(
        table,
        written,
        compression=draw(st.sampled_from(["snappy", "zstd", "gzip", "none", "brotli", "lz4"])),
        row_group_size=draw(st.sampled_from([7, 100])),
        data_page_version=draw(st.sampled_from(["1.0", "2.0"])),
        use_dictionary=draw(st.booleans()),
        write_page_checksum=draw(st.booleans()),
        store_schema=draw(st.booleans()),
        use_deprecated_int96_timestamps=draw(st.booleans()),
    )
    return written.getvalue()


@cases(250)
@given(data=st.data(), harm=HARM)
def test_harmed_parquet(home: Ingesting, data: st.DataObject, harm: list[Edit]) -> None:
    folder = home.next_folder(LICENSE_ASSIGNMENTS)
    content = harmed(data.draw(parquet_files(home.day)), harm)
    (folder / "export.parquet").write_bytes(content)
    outcome = home.ingest(LICENSE_ASSIGNMENTS)
    if outcome.record is not None:
        assert outcome.record.rows_read == pq.ParquetFile(pa.BufferReader(content)).metadata.num_rows


@cases(60)
@given(data=st.data())
def test_whole_parquet(home: Ingesting, data: st.DataObject) -> None:
    (home.next_folder(LICENSE_ASSIGNMENTS) / "export.parquet").write_bytes(data.draw(parquet_files(home.day)))
    home.assert_as_reference(LICENSE_ASSIGNMENTS)
