"""What someone writes into a published file, or beside it, is never published again."""

import shutil

import duckdb
import pytest

from storage.files.atomic import StorageError
from storage.home import Serving
from storage.publication.publication import publish, published_days, read_publication, withdraw
from storage.publication.published_file import PublicationError, hold_as_published

from .edited import DAYS, fill, kept, opened, read, request, write, write_and_be_killed


@pytest.fixture
def serving(tmp_path):
    """Three days are published, each with 10, 11 and 12 customers."""
    fill(tmp_path, 10)
    publish(request(tmp_path, DAYS))
    return tmp_path / "serving"


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


@pytest.mark.parametrize("name", ["2026-01.parquet", "2019-01.parquet"])
def test_parquet_that_someone_wrote_is_not_in_the_next_publication(serving, name):
    target = serving / "parquet" / "portfolio_kpis" / name
    duckdb.execute(f"copy (select date '2026-01-30' as as_of_date, 666 as customers) to '{target}' (format parquet)")
    publish(request(serving.parent, DAYS[2:]))
    rows = duckdb.execute(f"select customers from '{serving}/parquet/portfolio_kpis/*.parquet' order by 1").fetchall()
    assert rows == [(10,), (11,), (12,)]


def test_a_file_of_somebodys_own_in_its_place_is_one_line_with_what_to_do(serving):
    shutil.rmtree(Serving(serving).publications)
    opened(serving).unlink()
    with duckdb.connect(str(opened(serving))) as connection:
        connection.execute("create table notes (text varchar)")
    for look in (read_publication, published_days):
        with pytest.raises(PublicationError, match=r"not what the pipeline publishes .* delete it first") as raised:
            look(serving)
        assert "\n" not in str(raised.value)
    opened(serving).unlink()
    publish(request(serving.parent, DAYS[:1]))
    assert read(opened(serving)) == [(10,), (11,), (12,)]


def test_a_folder_in_the_place_of_the_parquet_link_stops_a_publication_before_it_is_written(serving):
    parquet, publications = Serving(serving).parquet, Serving(serving).publications
    copy = parquet.with_name("copy")
    shutil.copytree(parquet, copy)
    parquet.unlink()
    copy.rename(parquet)
    before = sorted(publications.iterdir())
    for act in (lambda: publish(request(serving.parent, DAYS[1:2])), lambda: withdraw(serving)):
        with pytest.raises(StorageError, match=f"{parquet} is no link any more.*move it away, and run again"):
            act()
    assert sorted(publications.iterdir()) == before
    assert read(opened(serving)) == [(10,), (11,), (12,)]
    parquet.rename(copy)
    publish(request(serving.parent, DAYS[1:2]))
    assert parquet.is_symlink()
