"""A source that delivers on demand: days are built although landing was empty, and what does not come is said."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from pipelines.sources import SOURCES

from ..unit.sources.memory_source import MemorySource, held_in
from .commands import every_mart, published
from .running import materialize, portfolio

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
FIRST, LAST = date(2026, 3, 7), date(2026, 3, 9)
LOST = ("subscriptions", LAST)


class Delivered:
    """A home folder whose source holds what a simulated landing folder has."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        portfolio("simulate", self.files, "--from", str(FIRST), "--to", str(LAST), "--customers", "5")
        self.home = folder / "home"
        self.source = MemorySource(folder / "landing", held_in(self.files))

    def run(self, command: str, *options: str, code: int = 0) -> str:
        """What a command prints that ends with `code`."""
        folders = ["--home", str(self.home), "--landing", str(self.source.landing.root)]
        result: Result = CliRunner().invoke(app, [command, *folders, *options])
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture(scope="module")
def portfolio_of_source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """Built once, while one partition did not come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.clock.now", lambda: NOW)
        made = Delivered(tmp_path_factory.mktemp("source"))
        patch.setitem(SOURCES, "files", lambda settings: made.source)
        made.source.failing[LOST] = "the other side does not answer"

        said = made.run("materialize", code=3)
        assert "not delivered: subscriptions 2026-03-09: the other side does not answer" in said
        assert "delivered: customers 2026-03-07…2026-03-09" in said
        assert "published: 2026-03-07…2026-03-09 (3 days)" in said
        yield made


def test_each_partition_is_fetched_once(portfolio_of_source: Delivered) -> None:
    source = portfolio_of_source.source
    assert sorted(source.fetched) == sorted(source.held)
    assert "up to date" in portfolio_of_source.run("materialize")
    assert sorted(source.fetched) == sorted(source.held)


def test_status_names_what_is_offered(portfolio_of_source: Delivered) -> None:
    said = portfolio_of_source.run("status")
    assert "offered, not delivered yet: subscriptions: 2026-03-09 (1 day)" in said
    assert "1 landing partitions that published days look back on are new" in said


def test_what_comes_later_makes_its_days_stale_and_the_marts_are_those_of_files(
    portfolio_of_source: Delivered, tmp_path: Path
) -> None:
    source = portfolio_of_source.source
    source.failing.clear()
    source.fetched.clear()
    said = portfolio_of_source.run("materialize", "--stale")
    assert "delivered: subscriptions 2026-03-09" in said
    assert "stale: 2026-03-09: " in said
    assert source.fetched == [LOST]
    assert "up to date" in portfolio_of_source.run("materialize", "--stale")

    by_files = tmp_path / "home"
    key = (portfolio_of_source.home / "hash.key").read_bytes()
    by_files.mkdir()
    (by_files / "hash.key").write_bytes(key)
    materialize(portfolio_of_source.files, by_files, FIRST, LAST)
    assert every_mart(portfolio_of_source.home) == every_mart(by_files)


def test_a_partition_delivered_anew_makes_its_days_stale(portfolio_of_source: Delivered) -> None:
    source, home = portfolio_of_source.source, portfolio_of_source.home
    query = f"select managed_customers from marts.portfolio_kpis where as_of_date = '{LAST}'"
    ((before,),) = published(home, query)
    ((partner,),) = published(home, "select distinct partner_id from marts_latest.portfolio_kpis")
    row = f"{partner},late,Late Ltd,DE,2026-03-09\n".encode()
    source.held["customers", LAST] += row
    said = portfolio_of_source.run("materialize", "--stale")
    assert f"stale: {LAST}: " in said
    assert published(home, query) == [(before + 1,)]


def test_an_unusable_source_is_one_line(portfolio_of_source: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_of_source.source, "unusable", "source memory has no token; set one")
    assert "note: source memory has no token; set one" in portfolio_of_source.run("status")
    folders = ["--home", str(portfolio_of_source.home), "--landing", str(portfolio_of_source.source.landing.root)]
    error = CliRunner().invoke(app, ["materialize", *folders]).exception
    assert str(error) == "source memory has no token; set one"
