"""Readers that fail: one line each; and words that are looked for in a file."""

import gzip
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS, LICENSE_USAGE
from sources.landing.folder import DATA_SUFFIXES
from sources.readers.limits import ReadLimits
from sources.readers.raw_file import PIECE
from sources.readers.reading import file_digest, holds_any, read_file
from tests.interrupted import hidden_interrupt

HEADER = b"partner_id,customer_id,customer_name,country_code,created_on\n"
ROW = b"p,c,n,,\n"


def file_named(folder: Path, suffix: str) -> Path:
    """A whole file of one row."""
    path = folder / f"a{suffix}"
    content = HEADER + ROW
    if suffix == ".parquet":
        pq.write_table(pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": ["n"]}), path)
        return path
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("suffix", DATA_SUFFIXES)
@pytest.mark.parametrize(
    "error", [KeyError("jane"), ValueError("jane"), RecursionError(), pa.ArrowNotImplementedError("jane"), IndexError()]
)
def test_whatever_a_reader_raises_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, suffix: str, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> Any:
        raise error

    path = file_named(tmp_path, suffix)
    for reader in ("parse_parquet", "read_csv"):
        monkeypatch.setattr(f"sources.readers.reading.{reader}", fails)
    with caplog.at_level(logging.ERROR, "sources"):
        read = read_file(path, CUSTOMERS)
    assert read.delivered is None and read.problem is not None
    assert read.problem.startswith(f"a{suffix}: cannot be read: the reader failed with {type(error).__name__} (")
    assert "\n" not in read.problem and "jane" not in read.problem
    assert read.digest == file_digest(path)
    assert "Traceback" in caplog.text and type(error).__name__ in caplog.text
    assert "jane" not in caplog.text  # whom an error's message may quote


@pytest.mark.parametrize("error", [MemoryError(), pa.ArrowMemoryError("malloc of size 9 failed")])
def test_too_little_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> Any:
        raise error

    monkeypatch.setattr("sources.readers.reading.read_csv", fails)
    problem = read_file(file_named(tmp_path, ".csv"), CUSTOMERS).problem
    assert problem == "a.csv: does not fit in memory: deliver it in parts, or give the process more"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), hidden_interrupt()])
def test_an_interruption_is_none_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def interrupted(*_: object) -> Any:
        raise error

    monkeypatch.setattr("sources.readers.reading.read_csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_file(file_named(tmp_path, ".csv"), CUSTOMERS)


def test_a_traceback_is_not_for_the_terminal(tmp_path: Path) -> None:
    path = file_named(tmp_path, ".csv")
    script = f"""
        import sources.readers.reading as reading
        from pathlib import Path
        from expectations.contract import CUSTOMERS
        reading.read_csv = None
        print(reading.read_file(Path({str(path)!r}), CUSTOMERS).problem)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1 and "failed with TypeError" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("spelt", ['O"Brien', '"O""Brien"', 'O""Brien'])
def test_a_word_with_a_quote_is_found_however_it_is_spelt(tmp_path: Path, spelt: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"partner_id,customer_id,customer_name,country_code,created_on\np,{spelt},A,DE,\n")
    delivered = read_file(path, CUSTOMERS).delivered
    assert delivered is not None
    (customer,) = delivered.rows.column("customer_id").to_pylist()
    assert customer == (spelt if spelt[0] == "O" else 'O"Brien')
    assert holds_any(path, [customer], ReadLimits())
    assert not holds_any(path, ['P"Brien'], ReadLimits())


@pytest.mark.parametrize("packed", [False, True])
def test_a_word_is_found_across_pieces(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    content = b"x" * (PIECE - 3) + b'say ""hi""' + b"x" * PIECE
    path.write_bytes(gzip.compress(content) if packed else content)
    assert holds_any(path, ["nothing", 'say "hi"'], ReadLimits())
    assert not holds_any(path, ["nothing"], ReadLimits())
    assert holds_any(path, ["nothing"], ReadLimits(file_size=PIECE))  # not read to its end
    path.write_bytes(path.read_bytes()[: -PIECE // 2] if packed else b"")
    assert holds_any(path, ["nothing"], ReadLimits()) == packed


def test_a_file_that_ends_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_named(tmp_path, ".csv")

    def broken(*_: object) -> Any:
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr("sources.readers.raw_file.RawFile.pieces", broken)
    read = read_file(path, LICENSE_USAGE)
    assert (read.digest, read.problem) == ("unreadable", "a.csv: cannot be read: Input/output error")
