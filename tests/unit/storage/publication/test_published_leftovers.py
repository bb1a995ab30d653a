"""What someone wrote into a published file, or beside it, leaves nothing behind."""

import subprocess
import sys

import pytest

from storage.publication.publication import publish, withdraw
from storage.publication.published_file import PublicationError, remove_all_beside
from storage.warehouse.compaction import write_anew

from .edited import DAYS, bytes_below, files, fill, kept, opened, read, request, write_and_be_killed


@pytest.fixture
def serving(tmp_path):
    """Three days are published, each with 10, 11 and 12 customers."""
    fill(tmp_path, 10)
    publish(request(tmp_path, DAYS))
    return tmp_path / "serving"


def test_no_byte_is_left_where_a_publication_is_written_anew(serving):
    write_and_be_killed(kept(serving))
    write_and_be_killed(opened(serving))
    (serving / "portfolio.duckdb.tmp").mkdir()
    (serving / "portfolio.duckdb.tmp" / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"Jane Doe 4711")
    (serving / ".portfolio.duckdb").write_bytes(b"Jane Doe 4711")
    assert b"Jane Doe" in bytes_below(serving)
    publish(request(serving.parent, DAYS[1:2], keep=1, anew=True))
    assert b"Jane Doe" not in bytes_below(serving)


def test_nothing_is_left_of_a_publication_that_is_withdrawn(serving):
    write_and_be_killed(opened(serving))
    write_and_be_killed(kept(serving))
    (serving / ".portfolio.duckdb").touch()
    withdraw(serving)
    assert files(serving) == set()
    assert list(serving.iterdir()) == []


def test_a_publication_in_use_is_not_withdrawn_in_half(serving):
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(opened(serving))!r});"
        "print('open', flush=True); sys.stdin.readline()"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "open\n"
    before = files(serving)
    with pytest.raises(PublicationError, match="is open for writing"):
        withdraw(serving)
    assert files(serving) == before
    writer.communicate("go on\n")


def test_side_files_of_kept_publications_go_too(serving):
    write_and_be_killed(kept(serving))
    remove_all_beside(serving)
    assert read(kept(serving)) == [(10,), (11,), (12,)]


def test_a_database_that_is_written_anew_keeps_what_its_log_holds(tmp_path):
    fill(tmp_path, 10)
    write_and_be_killed(tmp_path / "warehouse.duckdb", "update marts.portfolio_kpis set customers = 1")
    write_anew(tmp_path / "warehouse.duckdb", "200MB")
    assert read(tmp_path / "warehouse.duckdb") == [(1,), (1,), (1,)]
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]
