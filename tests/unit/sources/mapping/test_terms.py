"""Exports of subscriptions as the contract file of a source that knows no terms."""

import os
from pathlib import Path

import pytest
import yaml

from sources.errors import SourceError
from sources.landing.folder import LandingFolder
from sources.mapping.places import MappingPlace
from sources.mapping.source import MappingSource
from sources.readers.limits import ReadLimits
from sources.webex.terms import COLUMNS, read_terms

from .mapped import TODAY, near

FEED = {
    "dataset": "subscriptions",
    "files": "terms*.csv",
    "columns": {
        **{name: {"constant": "x"} for name in ("partner_id", "customer_id")},
        "is_trial": {"constant": "false"},
        "subscription_id": "id",
        "start_date": {"from": "start", "date": "%d.%m.%Y"},
        "end_date": {"from": "end", "date": "%d.%m.%Y"},
        "auto_renew": {"from": "renews", "boolean": "true"},
        "status": {"from": "state", "lookup": {"values": {"aktiv": "active"}}},
    },
}
HEADER = "id;start;end;renews;state\n"


def source_of(folder: Path) -> MappingSource:
    mapping = folder / "mapping.yaml"
    mapping.write_text(yaml.safe_dump({"feeds": [FEED]}, sort_keys=False))
    place = MappingPlace(
        mapping=mapping,
        inbox=near(folder).inbox,
        state=folder / "state",
        scratch=lambda: _Scratch(folder),
        limits=ReadLimits(),
        memory=64 << 20,
        today=lambda: TODAY,
        terms=folder / "state" / "contract.csv",
    )
    return MappingSource(place, LandingFolder(folder / "landing"))


class _Scratch:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Path:
        return near(self._folder).scratch

    def __exit__(self, *raised: object) -> None:
        return None


def put(folder: Path, name: str, *lines: str, when: int) -> None:
    path = near(folder).inbox / name
    path.write_text(HEADER + "\n".join(lines))
    os.utime(path, (when, when))


def test_the_newest_export_is_the_contract_file_and_nothing_is_landed(tmp_path):
    put(tmp_path, "terms-a.csv", "S0;;;;", when=1_700_000_000)
    put(
        tmp_path,
        "terms-b.csv",
        "S1;01.01.2025;31.12.2026;ja;aktiv",
        "S2;soon;31.02.2026;maybe;seltsam",
        "S3;01.01.2026;01.01.2025;nein;",
        ";01.01.2026;;;",
        when=1_700_000_100,
    )
    source = source_of(tmp_path)
    source.check()
    contract = tmp_path / "state" / "contract.csv"
    assert contract.read_text().splitlines() == [
        ",".join(COLUMNS),
        "S1,2025-01-01,2026-12-31,true,active",
        "S2,,,,",
        "S3,,,false,",
    ]
    assert set(read_terms(contract)) == {"S1", "S2", "S3"}
    assert list(source.offers("subscriptions")) == []
    assert source.look().untaken == []
    written = contract.stat().st_mtime_ns
    source.check()
    assert contract.stat().st_mtime_ns == written
    put(tmp_path, "terms-c.csv", "S9;;;;", when=1_700_000_200)
    source.check()
    assert set(read_terms(contract)) == {"S9"}


def test_an_export_that_cant_be_mapped_leaves_the_file_and_is_one_line(tmp_path):
    put(tmp_path, "terms-a.csv", "S1;;;;", when=1_700_000_000)
    source = source_of(tmp_path)
    source.check()
    (near(tmp_path).inbox / "terms-b.csv").write_text("other\n1\n")
    os.utime(near(tmp_path).inbox / "terms-b.csv", (1_700_000_100, 1_700_000_100))
    with pytest.raises(SourceError, match=r"^terms-b\.csv has no column 'id'; it has other$"):
        source.check()
    assert set(read_terms(tmp_path / "state" / "contract.csv")) == {"S1"}
