"""Files that somebody writes to while they are read: never half old, half new."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.contract import CUSTOMERS
from sources.landing.folder import DATA_SUFFIXES
from sources.readers.raw_file import RawFile
from sources.readers.reading import file_digest, read_file


def landed(folder: Path, suffix: str) -> Path:
    path = folder / f"a{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.table({"partner_id": ["p"], "customer_id": ["c"], "customer_name": ["n"]}), path)
        return path
    content = b"partner_id,customer_id,customer_name\np,c,n\n"
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("suffix", DATA_SUFFIXES)
@pytest.mark.parametrize("change", ["overwritten", "appended", "cut"])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, change: str
) -> None:
    path = landed(tmp_path, suffix)
    whole = path.read_bytes()
    changed = {"overwritten": whole, "appended": whole + b"more", "cut": whole[:-1]}[change]
    pieces = RawFile.pieces

    def changing(file: RawFile) -> Iterator[bytes]:
        for piece in pieces(file):
            path.write_bytes(changed)
            yield piece

    with monkeypatch.context() as during:
        during.setattr(RawFile, "pieces", changing)
        read = read_file(path, CUSTOMERS)
    assert read.delivered is None
    assert read.problem == f"{path.name}: changed while it was read; it is read again next time"
    assert read.digest != file_digest(path)
    path.write_bytes(whole)
    assert read_file(path, CUSTOMERS).problem is None


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landed(tmp_path, ".csv")
    old = file_digest(path)
    pieces = RawFile.pieces

    def replacing(file: RawFile) -> Iterator[bytes]:
        (tmp_path / "new").write_bytes(b"new")
        (tmp_path / "new").replace(path)
        yield from pieces(file)

    monkeypatch.setattr(RawFile, "pieces", replacing)
    read = read_file(path, CUSTOMERS)
    assert (read.problem, read.digest) == (None, old)
