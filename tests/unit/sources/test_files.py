"""The source `files`: everything that it can deliver lies in landing already."""

import os
from datetime import date
from pathlib import Path

import pytest

from sources.files import FilesSource
from sources.landing.folder import LandingError, LandingFolder

DAY = date(2026, 3, 1)


def land(landing: Path) -> None:
    folder = landing / "customers" / str(DAY)
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("partner_id\n")


def test_it_offers_and_delivers_nothing_and_does_not_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    land(tmp_path)
    source = FilesSource(LandingFolder(tmp_path))
    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, lambda folder: pytest.fail("it looked"))
    assert source.offers("customers") == ()
    assert list(source.deliver((), print)) == []


def test_its_days_are_those_of_the_folder(tmp_path: Path) -> None:
    land(tmp_path)
    assert FilesSource(LandingFolder(tmp_path)).days("customers") == [DAY]


def test_it_needs_a_folder(tmp_path: Path) -> None:
    source = FilesSource(LandingFolder(tmp_path / "none"))
    with pytest.raises(LandingError, match="does not exist; create it or name another one"):
        source.check()
    assert source.days("customers") == []
    assert "none holds no snapshot partition (<dataset>/<YYYY-MM-DD>/<file>.csv)" in source.nothing_to_start_from()
