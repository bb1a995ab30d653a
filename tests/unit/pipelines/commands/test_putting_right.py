"""Before a command reads: a warehouse that was cut off is made again, a description that can't be read is written."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.commands.putting_right import put_right
from storage.home import Home
from storage.ledger.ledger import Ledger
from storage.publication.current import read_current
from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest, publish
from storage.warehouse.opening import DamagedWarehouseError

DAY = date(2026, 1, 30)


@dataclass
class LookedAt:
    """The part of a workspace that is looked at."""

    home: Home
    memory_limit: str = "200MB"
    notes: list[str] = field(default_factory=list)

    @property
    def warehouse_path(self) -> Path:
        return self.home.warehouse

    @property
    def serving(self) -> Path:
        return self.home.serving.path

    def ledger(self) -> Ledger:
        return Ledger(self.home.ledger)

    def put_right(self) -> None:
        put_right(self, self.notes.append)  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> LookedAt:
    home = LookedAt(Home(tmp_path))
    with duckdb.connect(str(home.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.portfolio_kpis (as_of_date date, partner_id text, customers bigint)")
        connection.execute("insert into marts.portfolio_kpis values (?, 'p', 7)", [DAY])
    return home


def publish_day(home: LookedAt) -> None:
    publish(
        PublicationRequest(
            home.warehouse_path,
            home.serving,
            ["portfolio_kpis"],
            Window([DAY], [DAY]),
            [DAY],
            ingestion=[],
            git_revision=None,
            keep=3,
            memory_limit="200MB",
        )
    )


def customers(path: Path) -> list[tuple[int]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select customers from marts.portfolio_kpis").fetchall()


def test_nothing_is_said_where_all_is_well(home: LookedAt) -> None:
    publish_day(home)
    home.put_right()
    assert home.notes == []
    assert customers(home.warehouse_path) == [(7,)]


@pytest.mark.parametrize("size", [0, 100, 12_288, 300_000])
def test_a_warehouse_that_was_cut_off_is_made_again_from_the_publication(home: Home, size: int) -> None:
    publish_day(home)
    home.warehouse_path.write_bytes(home.warehouse_path.read_bytes()[:size])
    home.put_right()
    (note,) = home.notes
    assert note.startswith(f"{home.warehouse_path} was damaged (")
    assert note.endswith("it is made again from the publication")
    assert customers(home.warehouse_path) == [(7,)]


def test_without_a_publication_it_is_deleted_and_built_anew(home: LookedAt) -> None:
    home.warehouse_path.write_bytes(home.warehouse_path.read_bytes()[:-1])
    home.put_right()
    assert home.notes[0].endswith("it is deleted, and built anew from the lake")
    assert not home.warehouse_path.exists()


def test_what_is_no_file_of_duckdb_is_left_to_its_owner(home: LookedAt) -> None:
    publish_day(home)
    home.warehouse_path.write_bytes(b"no such thing" * 9999)
    with pytest.raises(DamagedWarehouseError, match="delete it and run again"):
        home.put_right()
    assert home.warehouse_path.exists()


@pytest.mark.parametrize("text", ["", "{", '{"publication_id": 1}', "\x00", '{"publication_id": "old", "sha256": "'])
def test_a_description_that_cannot_be_read_is_written_again(home: Home, text: str) -> None:
    publish_day(home)
    before = home.home.serving.current.read_text()
    home.home.serving.current.write_text(text)
    home.put_right()
    assert home.home.serving.current.read_text() == before
    assert home.notes == [f"{home.home.serving.current} was damaged or out of date, and is written again"]
    assert read_current(home.serving) is not None


def test_a_published_file_that_was_cut_off_is_put_back(home: LookedAt) -> None:
    publish_day(home)
    path = home.serving / "portfolio.duckdb"
    path.write_bytes(path.read_bytes()[:5000])
    home.put_right()
    assert home.notes == [f"{path} was changed or damaged; it is as it was published again"]
    assert customers(path) == [(7,)]
