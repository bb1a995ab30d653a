"""Two sources as one: each offer goes to whoever made it, and the second adds to what the first brings."""

from datetime import date
from pathlib import Path

import pytest

from sources.combined import CombinedSource
from sources.errors import SourceError
from sources.files import FilesSource
from sources.landing.folder import LandingError, LandingFolder

from .memory_source import MemorySource

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def pair(landing: Path) -> tuple[MemorySource, MemorySource, CombinedSource]:
    first = MemorySource(landing, {("customers", DAY): b"a", ("customers", NEXT): b"b"})
    second = MemorySource(landing, {("customers", NEXT): b"c", ("subscriptions", DAY): b"d"})
    return first, second, CombinedSource(first, second)


def test_offers_are_both_s_and_each_goes_to_whoever_made_it(tmp_path):
    first, second, both = pair(tmp_path)
    assert [offer.day for offer in both.offers("customers")] == [DAY, NEXT]
    assert [offer.day for offer in both.offers("customers", NEXT)] == [NEXT]
    (joined,) = both.offers("customers", NEXT)
    assert joined.version == f"{hash(b'b')}+{hash(b'c')}"
    offers = [*both.offers("customers"), *both.offers("subscriptions")]
    delivered = [(one.dataset, one.day) for one in both.deliver(offers, print)]
    assert first.fetched == [("customers", DAY), ("customers", NEXT)]
    assert second.fetched == [("customers", NEXT), ("subscriptions", DAY)]
    assert delivered == first.fetched + second.fetched
    assert both.days("subscriptions") == [DAY]


def test_where_the_first_gives_up_the_second_delivers_still(tmp_path, monkeypatch):
    first, second, both = pair(tmp_path)

    def gives_up(offers, note):
        raise SourceError("the other side is away")
        yield

    monkeypatch.setattr(first, "deliver", gives_up)
    offers = [*both.offers("customers"), *both.offers("subscriptions")]
    found = []
    with pytest.raises(SourceError, match="the other side is away"):
        found.extend(both.deliver(offers, print))
    assert second.fetched == [("customers", NEXT), ("subscriptions", DAY)]


def test_a_landing_folder_that_is_not_there_yet_is_made_by_the_delivery(tmp_path):
    files, second = FilesSource(LandingFolder(tmp_path / "landing")), pair(tmp_path / "landing")[1]
    both = CombinedSource(files, second)
    both.check()
    second.unusable = "no mapping"
    with pytest.raises(SourceError, match="no mapping"):
        both.check()
    second.unusable = ""
    (tmp_path / "landing").write_text("a file")
    with pytest.raises(LandingError, match="is not a folder"):
        both.check()


def test_the_newest_day_is_the_first_one_s(tmp_path, monkeypatch):
    first, _, both = pair(tmp_path)
    monkeypatch.setattr(first, "newest_day", lambda today: today)
    assert both.newest_day(NEXT) == NEXT
    assert "; " in both.nothing_to_start_from()
