"""Ingesting killed, out of disk or memory, or on a damaged lake: healed by the next run."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from assets.ingest.ingestion import ingest_partition
from expectations.contract import CUSTOMERS
from storage.files.atomic import StorageError
from storage.ledger.ledger import Ledger

from ..landing_home import DAY, Home


@pytest.mark.parametrize("crash", ["quarantine", "accepted", "ledger"])
def test_a_crash_at_any_point_is_healed(home: Home, monkeypatch: pytest.MonkeyPatch, crash: str) -> None:
    good = [f"c{n}" for n in range(30)]
    home.land(*good)
    home.ingest()
    home.land(*good[:-1], "")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if crash == "ledger":
            patch.setattr(Ledger, "record_loaded", killed)
        else:
            plain, calls = Path.replace, {"quarantine": 1, "accepted": 2}[crash]

            def replace_or_die(self: Path, target: Path) -> Path:
                nonlocal calls
                calls -= 1
                return killed() if calls == 0 else plain(self, target)  # type: ignore[return-value]

            patch.setattr(Path, "replace", replace_or_die)
        with pytest.raises(KeyboardInterrupt):
            ingest_partition(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    assert len(home.ids()) == (29 if crash == "ledger" else 30)  # whole, old or new
    assert home.needs()
    assert home.ingest().status == "loaded"
    assert len(home.ids()) == 29
    assert len(home.quarantined()) == 1


def test_a_crash_is_healed_though_the_landing_returned_to_what_it_was(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.land("c1")
    home.ingest()
    home.land("c2")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "record_loaded", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ingest_partition(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    home.land("c1")
    assert (home.ingest().status, home.ids()) == ("loaded", ["c1"])


@pytest.mark.parametrize("damage", [b"", b"not parquet", None])
def test_a_lake_file_that_is_gone_or_broken_is_made_again(home: Home, damage: bytes | None) -> None:
    home.land("c1")
    home.ingest()
    path = home.lake.accepted_path(CUSTOMERS, DAY)
    path.unlink() if damage is None else path.write_bytes(damage)
    assert home.needs()
    assert (home.ingest().status, home.ids()) == ("loaded", ["c1"])


def test_a_full_disk_leaves_the_old_partition(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.land("c1")
    old = home.ingest().record
    home.land("c2")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="the disk is full"):
            ingest_partition(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    assert home.ids() == ["c1"]
    assert home.ledger.partition("customers", DAY) == old
    assert home.ingest().status == "loaded"


def test_too_little_memory_is_one_line_and_changes_nothing(home: Home) -> None:
    home.land("c1")
    home.ingest()
    home.land(*(f"customer-{n}" for n in range(200_000)))
    home.rules = replace(home.rules, memory_limit="1MB")
    with pytest.raises(
        StorageError, match=r"^customers 2026-03-01 does not fit in 1MB of memory; raise the memory limit$"
    ):
        ingest_partition(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    assert home.ids() == ["c1"]
