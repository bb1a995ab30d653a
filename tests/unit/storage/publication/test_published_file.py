"""What someone writes into a published file, or beside it, is never published again and leaves nothing behind."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from storage.home import Serving
from storage.publication import publication as module
from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest, publish, published_days, withdraw
from storage.publication.published_file import PublicationError, hold_as_published, remove_all_beside
from storage.warehouse.compaction import write_anew

FIRST = date(2026, 1, 30)
DAYS = [FIRST + timedelta(days=offset) for offset in range(3)]  # two of January, one of February
EDIT = "update marts.portfolio_kpis set customers = 666, note = 'Jane Doe 4711'"


@pytest.fixture
def serving(tmp_path):
    """Three days are published, each with 10, 11 and 12 customers."""
    fill(tmp_path, 10)
    publish(request(tmp_path, DAYS))
    return tmp_path / "serving"


def fill(home, first):
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            "create or replace table marts.portfolio_kpis"
            " (as_of_date date, partner_id varchar, customers bigint, note varchar)"
        )
        for number, day in enumerate(DAYS):
            connection.execute("insert into marts.portfolio_kpis values (?, 'p', ?, null)", [day, first + number])


def request(home, replaced, **changes):
    given = {
        "warehouse": home / "warehouse.duckdb",
        "serving": home / "serving",
        "marts": ["portfolio_kpis"],
        "window": Window(replaced, replaced),
        "built_days": DAYS,
        "ingestion": [],
        "contract_version": "1",
        "git_revision": None,
        "keep": 3,
        "memory_limit": "200MB",
    }
    return PublicationRequest(**(given | changes))


def write_and_be_killed(path, statement=EDIT):
    script = f"import duckdb, os; c = duckdb.connect({str(path)!r}); c.execute({statement!r}); os._exit(1)"
    subprocess.run([sys.executable, "-c", script], check=False)
    assert Path(f"{path}.wal").exists()


def write(path, statement=EDIT):
    """As a process of its own, which merges its changes into the file and leaves."""
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); c.execute({statement!r}); c.close()"
    subprocess.run([sys.executable, "-c", script], check=True)


def read(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select customers from marts.portfolio_kpis order by as_of_date").fetchall()


def opened(serving):
    return serving / "portfolio.duckdb"


def kept(serving):
    return sorted((serving / "publications").iterdir())[-1] / "portfolio.duckdb"


def files(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def bytes_below(folder):
    return b"".join(path.read_bytes() for path in files(folder))


@pytest.mark.parametrize("edit", [write, write_and_be_killed])
@pytest.mark.parametrize("which", [opened, kept])
def test_edits_of_a_published_file_are_not_in_the_next_publication(serving, edit, which):
    edit(which(serving))
    fill(serving.parent, 20)
    publish(request(serving.parent, DAYS[1:2]))
    assert read(opened(serving)) == [(10,), (21,), (12,)]
    assert read(kept(serving)) == [(10,), (21,), (12,)]
    assert not list(serving.rglob("portfolio.duckdb.*"))


@pytest.mark.parametrize("edit", [write, write_and_be_killed])
def test_edits_of_both_files_are_replaced_by_what_the_warehouse_holds(serving, edit):
    edit(opened(serving))
    edit(kept(serving))
    publish(request(serving.parent, DAYS[1:2]))
    assert read(opened(serving)) == [(10,), (11,), (12,)]


def test_days_that_only_an_edited_file_has_are_not_lost_in_silence(serving):
    write(opened(serving))
    write(kept(serving))
    lost = f"days of it are nowhere else: build {DAYS[0]} to {DAYS[0]} again"
    with pytest.raises(PublicationError, match=lost):
        publish(request(serving.parent, DAYS[1:2], built_days=DAYS[1:]))
    assert len(read(opened(serving))) == 3
    publish(request(serving.parent, DAYS[:2], built_days=DAYS))
    assert read(opened(serving)) == [(10,), (11,), (12,)]


def test_without_a_new_publication_the_file_is_put_back(serving):
    write_and_be_killed(opened(serving))
    held = hold_as_published(serving)
    assert held.as_published
    assert held.note == f"{opened(serving)}: what someone wrote into it is dropped; it is as it was published"
    assert read(opened(serving)) == [(10,), (11,), (12,)]
    write(opened(serving))
    assert (
        hold_as_published(serving).note == f"{opened(serving)} was changed or damaged; it is as it was published again"
    )
    assert read(opened(serving)) == [(10,), (11,), (12,)]
    assert hold_as_published(serving).note == ""


@pytest.mark.parametrize(
    ("description", "size"), [("gone", 0), ("damaged", 100), ("of another publication", 12_288), ("right", 300_000)]
)
def test_a_file_that_was_cut_off_is_put_back(serving, description, size):
    describe(serving, description)
    content = opened(serving).read_bytes()
    opened(serving).write_bytes(content[:size])
    assert hold_as_published(serving).as_published
    assert opened(serving).read_bytes() == content
    publish(request(serving.parent, DAYS[1:2]))
    assert published_days(serving) == set(DAYS)


def describe(serving, how):
    path = Serving(serving).current
    if how == "gone":
        path.unlink()
    elif how == "damaged":
        path.write_text(path.read_text()[:80])
    elif how != "right":
        path.write_text(path.read_text().replace("20", "19"))


def test_a_publication_that_was_killed_before_its_description_is_the_current_one(serving):
    before = Serving(serving).current.read_text()
    fill(serving.parent, 20)
    publish(request(serving.parent, DAYS[1:2]))
    Serving(serving).current.write_text(before)
    assert hold_as_published(serving).as_published
    assert read(opened(serving)) == [(10,), (21,), (12,)]
    publish(request(serving.parent, DAYS[2:]))
    assert read(opened(serving)) == [(10,), (21,), (22,)]


def test_a_file_made_by_an_older_version_is_known_by_its_content(serving):
    for path in (opened(serving), kept(serving)):
        path.touch()
    assert hold_as_published(serving) == hold_as_published(serving)
    assert hold_as_published(serving).as_published
    write(kept(serving))
    assert "publications" in hold_as_published(serving).note
    assert read(kept(serving)) == [(10,), (11,), (12,)]


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


@pytest.mark.parametrize("name", ["2026-01.parquet", "2019-01.parquet"])
def test_parquet_that_someone_wrote_is_not_in_the_next_publication(serving, name):
    target = serving / "parquet" / "portfolio_kpis" / name
    duckdb.execute(f"copy (select date '2026-01-30' as as_of_date, 666 as customers) to '{target}' (format parquet)")
    publish(request(serving.parent, DAYS[2:]))
    rows = duckdb.execute(f"select customers from '{serving}/parquet/portfolio_kpis/*.parquet' order by 1").fetchall()
    assert rows == [(10,), (11,), (12,)]


def test_a_database_that_is_written_anew_keeps_what_its_log_holds(tmp_path):
    fill(tmp_path, 10)
    write_and_be_killed(tmp_path / "warehouse.duckdb", "update marts.portfolio_kpis set customers = 1")
    write_anew(tmp_path / "warehouse.duckdb", "200MB")
    assert read(tmp_path / "warehouse.duckdb") == [(1,), (1,), (1,)]
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]


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
