"""Ingesting partitions: what is read, kept, refused and healed, on real folders."""

import gzip
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.ingestion import IngestOutcome, IngestRules, ingest_partition, ingest_partitions, needs_ingest
from expectations.contract import CUSTOMERS, DATASETS, LICENSE_USAGE, SUBSCRIPTIONS, Dataset
from sources.files import LandingFolder
from storage.atomic import StorageError
from storage.lake import Lake
from storage.landing_facts import follow_landing
from storage.ledger import Ledger

DAY = date(2026, 3, 1)
CUSTOMER_HEADER = "partner_id,customer_id,customer_name,country_code,created_on"
USAGE_HEADER = "partner_id,customer_id,subscription_id,product,user_id,activity_count"


@dataclass
class Home:
    """A landing folder, a lake and a ledger, and short ways to fill and read them."""

    root: Path
    ledger: Ledger
    rules: IngestRules = field(default_factory=lambda: IngestRules(b"k" * 32, 0.05, "500MB", 1))

    @property
    def landing(self) -> LandingFolder:
        return LandingFolder(self.root / "landing")

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "home" / "lake")

    def folder(self, dataset: Dataset = CUSTOMERS) -> Path:
        folder = self.root / "landing" / dataset.name / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def land(self, *ids: str, name: str = "a.csv", header: str = CUSTOMER_HEADER) -> Path:
        path = self.folder() / name
        path.write_text("\n".join([header, *(f"p,{customer},n,," for customer in ids)]) + "\n")
        return path

    def land_usage(self, *rows: str) -> Path:
        path = self.folder(LICENSE_USAGE) / "a.csv"
        path.write_text("\n".join([USAGE_HEADER, *rows]) + "\n")
        return path

    def ingest(self, dataset: Dataset = CUSTOMERS, *, reread: bool = False) -> IngestOutcome:
        outcome = ingest_partition(self.landing, self.lake, self.ledger, dataset, DAY, self.rules, reread=reread)
        assert not self.needs(dataset)  # done is done
        assert outcome.record == self.ledger.partition(dataset.name, DAY)
        assert outcome.refusal == self.ledger.refusal(dataset.name, DAY)
        return outcome

    def needs(self, dataset: Dataset = CUSTOMERS) -> bool:
        return needs_ingest(self.landing, self.lake, self.ledger, dataset, DAY, self.rules)

    def ids(self) -> list[str]:
        return [row[1] for row in self.stored(CUSTOMERS)]

    def stored(self, dataset: Dataset) -> list[tuple[object, ...]]:
        with duckdb.connect() as con:
            days = [DAY] if self.ledger.partition(dataset.name, DAY) else []
            self.lake.create_views(con, {dataset.name: days})
            return con.execute(f"select * from raw.{dataset.name}").fetchall()

    def quarantined(self, dataset: Dataset = CUSTOMERS) -> list[tuple[object, ...]]:
        with duckdb.connect() as con:
            path = str(self.lake.quarantine_path(dataset, DAY))
            return con.execute("select file, record_number, reasons, raw_row from read_parquet(?)", [path]).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        yield Home(tmp_path, ledger)


def forbid_reading(monkeypatch: pytest.MonkeyPatch, *, hashing: bool) -> None:
    def read(*_: object) -> None:
        raise AssertionError("the files were read")

    monkeypatch.setattr("assets.ingestion.read_file", read)
    if hashing:
        monkeypatch.setattr("assets.ingest_decision.file_digest", read)


def test_a_partition_of_several_kinds_of_files(home: Home) -> None:
    home.land("c1", "c2", name="a.csv", header=CUSTOMER_HEADER.replace("country_code", "land"))
    (home.folder() / "b.csv.gz").write_bytes(gzip.compress(f"{CUSTOMER_HEADER}\np,c3,n,,\n".encode()))
    rows = {"partner_id": ["q"], "customer_id": [4], "customer_name": ["n"], "zip": [1]}
    pq.write_table(pa.table(rows), home.folder() / "c.parquet")
    (home.folder() / "readme.txt").write_text("")
    record = home.ingest().record
    assert record is not None
    assert home.ids() == ["c1", "c2", "c3", "4"]
    assert (record.files, record.rows_read, record.rows_accepted, record.rows_quarantined) == (3, 4, 4, 0)
    assert record.unexpected_columns == ("land", "zip")
    assert record.ignored_files == ("readme.txt",)
    assert record.partners == {"p": 3, "q": 1}
    assert home.ledger.state("customers", DAY) == "loaded"


def test_nothing_landed_is_missing(home: Home) -> None:
    assert home.ingest() == IngestOutcome("missing")
    assert home.ledger.state("customers", DAY) == "missing"


def test_a_second_look_opens_no_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.land("c1")
    assert home.needs()
    first = home.ingest()
    forbid_reading(monkeypatch, hashing=True)
    assert home.ingest() == replace(first, status="unchanged")


def test_touched_files_are_hashed_once_and_not_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.land("c1")
    first = home.ingest().record
    os.utime(path, (1, 1))
    with monkeypatch.context() as patch:
        forbid_reading(patch, hashing=False)
        assert not home.needs()
        outcome = home.ingest()
        assert outcome.status == "unchanged"
        assert outcome.record is not None and first is not None
        assert outcome.record.ingested_at == first.ingested_at
        forbid_reading(patch, hashing=True)
        assert home.ingest().status == "unchanged"


def test_a_look_remembers_touched_files(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing has to be ingested: they are not hashed at each look, and no longer count as touched."""
    path = home.land("c1")
    first = home.ingest().record
    broken = home.folder(SUBSCRIPTIONS) / "a.csv"
    broken.write_text("partner_id\n")
    refusal = home.ingest(SUBSCRIPTIONS).refusal
    (home.folder() / "readme.txt").write_text("")
    os.utime(path, (1, 1))
    os.utime(broken, (1, 1))
    assert not home.needs()
    assert not home.needs(SUBSCRIPTIONS)
    forbid_reading(monkeypatch, hashing=True)
    assert not home.needs()
    assert not home.needs(SUBSCRIPTIONS)
    record = home.ledger.partition("customers", DAY)
    assert record is not None and first is not None and refusal is not None
    assert record == replace(first, landing_signature=record.landing_signature, ignored_files=("readme.txt",))
    assert record.landing_signature != first.landing_signature
    stays = home.ledger.refusal("subscriptions", DAY)
    assert stays is not None
    assert stays == replace(refusal, landing_signature=stays.landing_signature)


def test_a_look_does_not_overwrite_what_was_ingested_meanwhile(home: Home) -> None:
    home.land("c1")
    old = home.ingest().record
    home.land("c1", "c2")
    new = home.ingest().record
    assert old is not None
    follow_landing(home.ledger, old, "other facts", ["other.txt"])
    assert home.ledger.partition("customers", DAY) == new


def test_a_new_ignored_file_is_reported_without_reading(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.land("c1")
    home.ingest()
    (home.folder() / "_note").write_text("")
    forbid_reading(monkeypatch, hashing=False)
    record = home.ingest().record
    assert record is not None and record.ignored_files == ("_note",)


def test_changed_late_and_removed_files_are_read_again(home: Home) -> None:
    home.land("c1")
    home.ingest()
    home.land("c2")
    assert home.needs()
    assert (home.ingest().status, home.ids()) == ("loaded", ["c2"])
    late = home.land("c3", name="late.csv")
    assert (home.ingest().status, home.ids()) == ("loaded", ["c2", "c3"])
    late.unlink()
    assert (home.ingest().status, home.ids()) == ("loaded", ["c2"])
    late = home.land("c3", name="z.csv")
    home.ingest()
    late.rename(late.with_name("0.csv"))  # the order of reading decides who is last
    assert (home.ingest().status, home.ids()) == ("loaded", ["c3", "c2"])


def test_reread_reads_again_and_gives_the_same(home: Home) -> None:
    home.land("c1")
    first, second = home.ingest().record, home.ingest(reread=True)
    assert second.status == "loaded"
    assert first is not None and second.record is not None
    assert replace(second.record, ingested_at=first.ingested_at) == first


def test_what_decides_the_result_is_part_of_the_hash(home: Home) -> None:
    home.land("c1")
    home.land_usage("p,c,s,meetings,u,1")
    home.ingest(), home.ingest(LICENSE_USAGE)
    home.rules = replace(home.rules, holder_key=b"K" * 32)
    assert not home.needs(CUSTOMERS)  # no personal column in it
    assert home.needs(LICENSE_USAGE)
    assert home.ingest(LICENSE_USAGE).status == "loaded"
    home.rules = replace(home.rules, memory_limit="400MB", threads=2)
    assert not home.needs(LICENSE_USAGE)
    home.rules = replace(home.rules, max_quarantined_share=0.1)
    assert home.needs(CUSTOMERS) and home.needs(LICENSE_USAGE)


def test_landing_folder_gone_keeps_the_lake(home: Home) -> None:
    path = home.land("c1")
    record = home.ingest().record
    path.unlink()
    assert not home.needs()
    assert home.ingest() == IngestOutcome("unchanged", record=record)
    assert home.ids() == ["c1"]
    home.lake.accepted_path(CUSTOMERS, DAY).unlink()
    assert home.needs()
    assert home.ingest() == IngestOutcome("missing")


def test_an_unusable_file_refuses_the_partition_and_the_lake_keeps_the_old_one(home: Home) -> None:
    home.land("c1")
    old = home.ingest().record
    home.land("c2")
    (home.folder() / "b.csv").write_text("partner_id,customer_id\n")
    (home.folder() / "c.csv").mkdir()
    outcome = home.ingest()
    assert outcome.status == "refused" and outcome.record == old and outcome.refusal is not None
    assert outcome.refusal.cause == "b.csv: lacks the required columns customer_name; c.csv: is a folder, not a file"
    assert home.ids() == ["c1"]
    assert home.ledger.state("customers", DAY) == "refused"


def test_a_refusal_stands_until_the_files_change(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.land()
    first = home.ingest()
    assert first.status == "refused" and first.refusal is not None
    assert first.refusal.cause == "a snapshot without one accepted row (rows read: 0)"
    with monkeypatch.context() as patch:
        forbid_reading(patch, hashing=True)
        assert home.ingest() == first
    with monkeypatch.context() as patch:
        forbid_reading(patch, hashing=False)
        os.utime(path, (1, 1))
        assert home.ingest().status == "refused"
        forbid_reading(patch, hashing=True)
        assert home.ingest().status == "refused"
    home.land("c1")
    assert home.ingest().status == "loaded"
    assert home.ledger.state("customers", DAY) == "loaded"


def test_a_refusal_ends_when_its_files_are_gone(home: Home) -> None:
    path = home.land()
    home.ingest()
    path.unlink()
    assert home.needs()
    assert home.ingest() == IngestOutcome("missing")


def test_a_refusal_ends_when_the_landing_returns_to_what_the_lake_holds(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.land("c1")
    old = home.ingest().record
    home.land()
    assert home.ingest().status == "refused"
    home.land("c1")
    forbid_reading(monkeypatch, hashing=False)
    assert home.needs()
    outcome = home.ingest()
    assert outcome.status == "unchanged" and outcome.record is not None and old is not None
    assert outcome.record.ingested_at == old.ingested_at


def test_the_circuit_breaker(home: Home) -> None:
    home.land(*(f"c{n}" for n in range(19)), "")
    record = home.ingest().record  # 1 of 20 is 5 %
    assert record is not None and record.reasons == {"missing_required": 1}
    home.land(*(f"c{n}" for n in range(18)), "")
    outcome = home.ingest()  # 1 of 19 is more
    assert outcome.status == "refused" and outcome.refusal is not None
    assert outcome.refusal.cause == (
        "1 of 19 rows (5.3 %) break the contract, more than the 5 % allowed: missing_required 1"
    )
    assert (outcome.refusal.rows_read, outcome.refusal.reasons) == (19, {"missing_required": 1})
    assert len(home.quarantined()) == 1  # the old partition's
    assert home.quarantined()[0][1] == 20
    home.rules = replace(home.rules, max_quarantined_share=0.06)
    assert home.ingest().status == "loaded"
    assert home.quarantined()[0][1] == 19


def test_duplicate_keys_never_refuse(home: Home) -> None:
    home.land("c1")
    with (home.folder() / "a.csv").open("a") as file:
        file.writelines(f"p,c1,name {n},,\n" for n in range(10))
    record = home.ingest().record
    assert record is not None and record.reasons == {"duplicate_key": 10}


def test_usage_may_be_empty(home: Home) -> None:
    home.land_usage()
    record = home.ingest(LICENSE_USAGE).record
    assert record is not None and record.rows_read == 0
    assert home.stored(LICENSE_USAGE) == []
    assert home.ledger.state("license_usage", DAY) == "loaded"


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


def test_many_partitions_in_one_workbench(home: Home) -> None:
    home.land("c1")
    home.land_usage("p,c,s,meetings,u,1", "p,c,s,meetings,u,2")
    work = [(dataset, DAY) for dataset in DATASETS.values()]
    outcomes = list(ingest_partitions(home.landing, home.lake, home.ledger, work, home.rules))
    assert [outcome.status for outcome in outcomes] == ["loaded", "missing", "missing", "loaded"]
    assert [row[5] for row in home.stored(LICENSE_USAGE)] == [3]


def test_neither_user_ids_nor_the_key_are_on_disk(home: Home) -> None:
    key = b"!holder key of thirty-two bytes!"
    home.rules = replace(home.rules, holder_key=key, max_quarantined_share=1.0)
    home.land_usage(
        "p,c,s,meetings,secret-1@example.com,1",
        "p,c,s,unknown,secret-2@example.com,1",
        "p,c,s,meetings,secret-3@example.com",
        "p,c,s,meetings,secret-1@example.com,x",
        "p,c,s,meetings,secret-4@example.com,1,1",
    )
    home.ingest(LICENSE_USAGE)
    assert len(home.quarantined(LICENSE_USAGE)) == 4
    home.ledger.close()
    written = [path for path in (home.root / "home").rglob("*") if path.is_file()]
    assert len(written) >= 3
    text = b"\0".join(path.read_bytes() for path in written).lower()
    with duckdb.connect() as con:
        for path in (home.lake.accepted_path(LICENSE_USAGE, DAY), home.lake.quarantine_path(LICENSE_USAGE, DAY)):
            text += str(con.execute("select * from read_parquet(?)", [str(path)]).fetchall()).encode()
    with sqlite3.connect(home.ledger.path) as ledger:
        text += str(ledger.execute("select * from partitions").fetchall()).encode()
    for secret in (b"secret", b"example.com", key, key.hex().encode()):
        assert secret not in text


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
