"""Files that are too large, or become so when they are read: one line each, in bounded memory."""

import gzip
import io
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS
from sources.readers.limits import ReadLimits
from sources.readers.raw_file import PIECE, expanded
from sources.readers.reading import file_digest, read_file

HEADER = b"partner_id,customer_id,customer_name,country_code,created_on\n"
ROW = b"p,c,n,,\n"


MEMBERS = [gzip.compress(b"x" * size) for size in (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)]


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_gzip_a_piece_at_a_time(piece: int) -> None:
    content = b"".join(MEMBERS[:5]) + b"\0" * 3
    if piece > 1:
        content += MEMBERS[5]
    fed = (content[start : start + piece] for start in range(0, len(content), piece))
    found = list(expanded(fed))
    assert b"".join(found) == gzip.decompress(content)
    assert max(map(len, found)) <= PIECE


def test_the_limit_holds_for_what_is_expanded(tmp_path: Path) -> None:
    content = HEADER + ROW * 100_000
    limits = ReadLimits(file_size=len(content))
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content[:1000]) + gzip.compress(content[1000:]))
    for path in (plain, packed):
        read = read_file(path, CUSTOMERS, limits)
        assert read.delivered is not None and read.delivered.rows_read == 100_000
        read = read_file(path, CUSTOMERS, ReadLimits(file_size=len(content) - 1))
        expected = "holds more than 781 KB, expanded: deliver it in parts, or raise PORTFOLIO_MAX_FILE_SIZE"
        assert (read.delivered, read.problem) == (None, f"{path.name}: {expected}")
        assert read.digest == file_digest(path)


def parquet_of(text: Any, **options: Any) -> bytes:
    rows = len(text)
    table = pa.table({"partner_id": ["p"] * rows, "customer_id": pa.array(range(rows)), "customer_name": text})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", **options)
    return sink.getvalue()


def repeated(value: str | bytes, times: int) -> Any:
    return pa.DictionaryArray.from_arrays(pa.nulls(times, pa.int32()).fill_null(0), pa.array([value]))


DELTA: dict[str, Any] = {"use_dictionary": False, "column_encoding": {"customer_name": "DELTA_BYTE_ARRAY"}}


@pytest.mark.parametrize("options", [{}, {"store_schema": False}, DELTA], ids=["dictionary", "no schema", "delta"])
def test_a_parquet_file_is_measured_as_it_would_be_spelt_out(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "a.parquet"
    text = repeated("x" * 10_000, 500)
    path.write_bytes(parquet_of(text.cast(pa.string()) if options is DELTA else text, **options))
    assert path.stat().st_size < 10_000
    size = 500 * (10_000 + 1 + 3 * 8)  # partner_id has one letter; a number, and the place of a text, take 8
    read = read_file(path, CUSTOMERS, ReadLimits(file_size=size + 100))  # and a bit for each that may be null
    assert read.problem is None and read.delivered is not None
    assert set(read.delivered.rows.column("customer_name").to_pylist()) == {"x" * 10_000}
    problem = read_file(path, CUSTOMERS, ReadLimits(file_size=size - 1)).problem
    assert problem is not None and "holds more than 4.78 MB, expanded" in problem
    problem = read_file(path, CUSTOMERS, ReadLimits(record_size=10_000)).problem
    assert problem == "a.parquet: has a record of more than 9.77 KB (PORTFOLIO_MAX_RECORD_SIZE), number 1"


@pytest.mark.parametrize("rows", [10**9, 10**12])
def test_rows_that_take_no_place_are_counted(tmp_path: Path, rows: int) -> None:
    """A column of nulls: a few bytes for any number of rows. The footer says how many there are."""
    content = parquet_of(["n"] * 127)
    footer = int.from_bytes(content[-8:-4], "little")
    start = len(content) - 8 - footer
    stated = b"\x16" + varint(2 * 127)
    assert content.count(stated, start) >= 2
    made = content[start:-8].replace(stated, b"\x16" + varint(2 * rows))
    path = tmp_path / "a.parquet"
    path.write_bytes(content[:start] + made + len(made).to_bytes(4, "little") + b"PAR1")
    assert pq.ParquetFile(path).metadata.num_rows == rows
    problem = read_file(path, CUSTOMERS).problem
    assert problem is not None and "holds more than 8 GB, expanded" in problem


def varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found, number = found + bytes([number & 0x7F | 0x80]), number >> 7
    return found + bytes([number])


def test_text_in_lists_that_repeats_is_refused_by_name(tmp_path: Path) -> None:
    lists = pa.ListArray.from_arrays(pa.array(range(0, 30_001, 100), pa.int32()), pa.array(["x" * 10_000] * 30_000))
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet_of(lists))
    assert path.stat().st_size < 100_000
    problem = read_file(path, CUSTOMERS).problem
    assert problem == "a.parquet: has a column of nested values that may not fit in memory: customer_name"


def bomb_gzip() -> bytes:
    packer = io.BytesIO()
    with gzip.GzipFile(fileobj=packer, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(b"partner_id,customer_id,subscription_id,product,user_id,activity_count\n")
        for _ in range(30):
            file.write((b"p,c,s,meetings," + b"u" * 1000 + b",1\n") * (2**14))
    return packer.getvalue()


def one_line_gzip() -> bytes:
    packer = io.BytesIO()
    with gzip.GzipFile(fileobj=packer, mode="wb", compresslevel=1, mtime=0) as file:
        for _ in range(20):
            file.write(b'[{"a": 1},' * 10**6)
    return packer.getvalue()


BOMBS = {
    "rows.csv.gz": (bomb_gzip, "holds more than 400 MB, expanded"),
    "one line.csv.gz": (one_line_gzip, "is JSON; export the table as CSV"),
    "dictionary.parquet": (lambda: parquet_of(repeated("x" * 900_000, 2500)), "holds more than 400 MB, expanded"),
    "bytes.parquet": (lambda: parquet_of(repeated(b"x" * 900_000, 2500)), "holds more than 400 MB, expanded"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_expands_a_thousandfold_takes_little_memory(tmp_path: Path, name: str) -> None:
    """In a process of its own, to see the most that it took."""
    make, expected = BOMBS[name]
    (tmp_path / name).write_bytes(make())
    script = f"""
        import resource
        from pathlib import Path
        from expectations.contract import CUSTOMERS, LICENSE_USAGE
        from sources.readers.limits import ReadLimits
        from sources.readers.reading import read_file
        dataset = CUSTOMERS if {name!r}.endswith(".parquet") else LICENSE_USAGE
        resource.setrlimit(resource.RLIMIT_AS, (6 * 10**9, 6 * 10**9))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(read_file(Path({str(tmp_path / name)!r}), dataset, ReadLimits(file_size=400 << 20)).problem)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    problem, kilobytes = done.stdout.splitlines()
    assert expected in problem
    assert int(kilobytes) < 1_200_000


def test_too_little_memory_does_not_end_the_process(tmp_path: Path) -> None:
    """A child whose address space grows by less than the file takes."""
    path = tmp_path / "a.csv.gz"
    row = b"p,c,s,meetings," + b"u" * 400 + b",1\n"
    head = b"partner_id,customer_id,subscription_id,product,user_id,activity_count\n"
    path.write_bytes(gzip.compress(head + row * 1_000_000, 1))
    script = f"""
        import resource
        from pathlib import Path
        from expectations.contract import LICENSE_USAGE
        from sources.readers.reading import read_file
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + 3 * 10**8, taken + 3 * 10**8))
        print(read_file(Path({str(path)!r}), LICENSE_USAGE).problem)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a.csv.gz: does not fit in memory: deliver it in parts, or give the process more\n"


def test_text_that_repeats_stays_encoded(tmp_path: Path) -> None:
    """Two gigabytes within the limits, out of a few kilobytes."""
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet_of(repeated("x" * 25_000, 90_000)))
    assert path.stat().st_size < 500_000
    read = read_file(path, CUSTOMERS)
    assert read.delivered is not None, read.problem
    assert read.delivered.rows.nbytes < 10_000_000
    assert read.delivered.rows.column("customer_name")[89_999].as_py() == "x" * 25_000


@pytest.mark.parametrize("kind", ["csv", "malformed", "parquet"])
def test_records_that_are_too_long_together(tmp_path: Path, kind: str) -> None:
    """Each within its limit, but DuckDB takes 2,048 at once."""
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.csv")
    rows = 3000
    if kind == "parquet":
        path.write_bytes(parquet_of(repeated("x" * 3996, rows)))  # with "p" and a number up to 2,999
    else:
        row = b"p,%04d," + b"x" * 3995 + (b",,,,,\n" if kind == "malformed" else b",,\n")
        path.write_bytes(HEADER + b"".join(row % number for number in range(rows)))
    assert read_file(path, CUSTOMERS, ReadLimits(batch_size=2048 * 4100)).problem is None
    problem = read_file(path, CUSTOMERS, ReadLimits(batch_size=2048 * 3990)).problem
    assert problem is not None and "has 2,048 records, one after the other, of more than 7.79 MB of text" in problem
