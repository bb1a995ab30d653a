"""Files of many records with another number of fields than the header."""

import gzip
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from expectations.contract import CUSTOMERS
from sources.readers.csv_reader import read_csv
from sources.readers.csv_records import whole_records
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits

from ..csv_content import parse_csv

HEADER = b"partner_id,customer_id,customer_name\n"
PROBLEM = (
    "has more than 1,000,000 records with another number of fields than its header, and they are most of its records"
    " up to there: is it the right file?"
)


def test_a_tiny_file_of_malformed_records_is_refused_early(tmp_path: Path) -> None:
    """Sixty-four million of them in a child, whose memory and time would be gigabytes and minutes."""
    path = tmp_path / "a.csv.gz"
    lines = gzip.compress(b"x\n" * (4 << 20))
    path.write_bytes(gzip.compress(HEADER) + lines * 16)
    script = f"""
        import resource
        from pathlib import Path
        from expectations.contract import CUSTOMERS
        from sources.readers.reading import read_file
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(read_file(Path({str(path)!r}), CUSTOMERS).problem)
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_maxrss - before)
        print(int(used.ru_utime))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    problem, kilobytes, seconds = done.stdout.splitlines()
    assert problem == f"a.csv.gz: {PROBLEM}"
    assert int(kilobytes) < 600_000
    assert int(seconds) < 30


@pytest.mark.parametrize(
    ("good_before", "malformed", "refused"),
    [(0, 100, False), (0, 101, True), (99, 100, False), (101, 101, False), (100, 101, True), (101, 103, True)],
)
@pytest.mark.parametrize("blank", [b"", b",\n"])
@pytest.mark.parametrize("threads", [False, True])
def test_many_and_most(
    monkeypatch: pytest.MonkeyPatch, good_before: int, malformed: int, refused: bool, blank: bytes, threads: bool
) -> None:
    """A hundred may be malformed in this test; blank records are none, and do not make them fewer."""
    monkeypatch.setattr("sources.readers.malformed.MOST_MALFORMED", 100)
    monkeypatch.setattr("sources.readers.csv_reader._ONE_THREAD_BELOW", 1 if threads else 1 << 20)
    content = HEADER + b"p,c,n\n" * good_before + b"x\n" * malformed + blank + b"p,c,n\n"
    if refused:
        with pytest.raises(UnreadableFileError, match="has more than 100 records with another number of fields"):
            parse_csv("a.csv", content, CUSTOMERS)
        return
    delivered = parse_csv("a.csv", content, CUSTOMERS)
    assert (delivered.rows.num_rows, delivered.malformed.num_rows) == (good_before + 1, malformed)


def test_many_malformed_records_that_are_not_most_keep_their_numbers_and_fields() -> None:
    content = HEADER + b'p,c,n\np,c,n\n"x ""\r\n",y\n,\n' * 120_000
    delivered = parse_csv("a.csv", content, CUSTOMERS)
    assert delivered.malformed.column("record_number").to_pylist() == list(range(3, 360_001, 3))
    assert delivered.malformed.column("fields").to_pylist() == [['x "\r\n', "y"]] * 120_000
    assert delivered.rows.column("record_number").to_pylist() == [n for n in range(1, 360_001) if n % 3]
    assert delivered.malformed.nbytes < 6_000_000


def test_malformed_records_add_up_over_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.readers.malformed.MOST_MALFORMED", 5000)
    monkeypatch.setattr(
        "sources.readers.csv_reader.whole_records", lambda pieces, limits: whole_records(pieces, limits, 1000)
    )
    piece = b"x\n" * 2000 + b"p,c,n\n"
    assert read_csv("a", [HEADER, piece, piece], CUSTOMERS, ReadLimits()).malformed.num_rows == 4000
    with pytest.raises(UnreadableFileError, match="more than 5,000"):
        read_csv("a", [HEADER, piece, piece, piece], CUSTOMERS, ReadLimits())
