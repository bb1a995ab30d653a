"""Who writes to a published file while the next one takes its place."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.publication import publication as module
from storage.publication.publication import publish
from storage.publication.published_file import PublicationError

from .edited import DAYS, EDIT, fill, kept, opened, read, request, write, write_and_be_killed


@pytest.fixture
def serving(tmp_path):
    """Three days are published, each with 10, 11 and 12 customers."""
    fill(tmp_path, 10)
    publish(request(tmp_path, DAYS))
    return tmp_path / "serving"


def test_a_log_that_comes_up_while_the_publication_is_written_goes_with_its_file(serving, monkeypatch):
    switch = module.copy_beside

    def meanwhile(source, target):
        write_and_be_killed(target)
        return switch(source, target)

    monkeypatch.setattr(module, "copy_beside", meanwhile)
    fill(serving.parent, 20)
    publish(request(serving.parent, DAYS))
    assert read(opened(serving)) == [(20,), (21,), (22,)]
    assert not Path(f"{opened(serving)}.wal").exists()


def test_no_reader_sees_the_new_file_with_the_old_log(serving, monkeypatch):
    seen = []
    replace = Path.replace

    def watched(path, target):
        if Path(target) == opened(serving):
            seen.append(Path(f"{target}.wal").exists())
            seen.append(read(target))
        return replace(path, target)

    write_and_be_killed(opened(serving))
    monkeypatch.setattr(Path, "replace", watched)
    fill(serving.parent, 20)
    publish(request(serving.parent, DAYS))
    assert seen == [False, [(10,), (11,), (12,)]]


def test_who_writes_when_the_switch_comes_stops_it(serving, monkeypatch):
    copy = module.copy_beside
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(opened(serving))!r}); c.execute({EDIT!r});"
        "print('open', flush=True); sys.stdin.readline()"
    )
    writers = []

    def meanwhile(source, target):
        writers.append(
            subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert writers[0].stdout.readline() == "open\n"
        return copy(source, target)

    monkeypatch.setattr(module, "copy_beside", meanwhile)
    first = kept(serving)
    with pytest.raises(PublicationError, match="is open for writing in another process: close it"):
        publish(request(serving.parent, DAYS))
    assert kept(serving) == first
    assert (serving / "parquet").resolve().parent == first.parent
    writers[0].communicate("go on\n")
    monkeypatch.undo()
    publish(request(serving.parent, DAYS[1:2]))
    assert read(opened(serving)) == [(10,), (11,), (12,)]


def test_who_writes_to_a_kept_publication_stops_nothing(serving):
    write(kept(serving))
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(kept(serving))!r}); c.execute({EDIT!r});"
        "print('open', flush=True); sys.stdin.readline()"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "open\n"
    publish(request(serving.parent, DAYS[1:2]))
    assert read(opened(serving)) == [(10,), (11,), (12,)]
    writer.communicate("go on\n")
