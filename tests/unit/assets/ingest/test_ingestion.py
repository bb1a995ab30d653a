"""Ingesting partitions: what is read, kept, refused and healed, on real folders."""

import gzip
import os
import sqlite3
from dataclasses import replace

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.ingest.ingestion import IngestOutcome, ingest_partitions
from expectations.contract import CUSTOMERS, DATASETS, LICENSE_USAGE, SUBSCRIPTIONS
from storage.ledger.landing_facts import follow_landing

from ..landing_home import CUSTOMER_HEADER, DAY, Home, forbid_reading


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
    home.ingest(), home.ingest(LICENSE_USAGE)
    home.rules = replace(home.rules, max_quarantined_rows=4)
    assert home.needs(CUSTOMERS) and home.needs(LICENSE_USAGE)


def test_what_another_version_of_the_contract_read_is_read_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("assets.ingest.rules.CONTRACT_VERSION", "1")
        home.rules = replace(home.rules, max_quarantined_rows=0)  # as version 1 judged
        home.land("c1")
        before = home.ingest().record
        home.land("c1", "c2", "")
        assert home.ingest().status == "refused"
        kept = home.land_usage("p,c,s,meetings,u,1")
        usage = home.ingest(LICENSE_USAGE).record
    assert home.needs() and home.needs(LICENSE_USAGE)
    home.rules = replace(home.rules, max_quarantined_rows=3)
    outcome = home.ingest()
    assert (outcome.status, outcome.refusal, home.ids()) == ("loaded", None, ["c1", "c2"])
    assert before is not None and outcome.record is not None
    assert outcome.record.content_hash != before.content_hash
    kept.unlink()
    assert not home.needs(LICENSE_USAGE)  # its rows stay, and are waited for no more
    assert home.ingest(LICENSE_USAGE) == IngestOutcome("unchanged", record=usage)
    assert len(home.stored(LICENSE_USAGE)) == 1


def test_a_refusal_of_another_version_ends_with_its_landing_files(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("assets.ingest.rules.CONTRACT_VERSION", "1")
        home.land("c1")
        before = home.ingest().record
        path = home.land("", "", "", "")
        assert home.ingest().status == "refused"
    path.unlink()
    assert home.needs()
    assert home.ingest() == IngestOutcome("unchanged", record=before)
    assert home.ids() == ["c1"]


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


def test_usage_may_be_empty(home: Home) -> None:
    home.land_usage()
    record = home.ingest(LICENSE_USAGE).record
    assert record is not None and record.rows_read == 0
    assert home.stored(LICENSE_USAGE) == []
    assert home.ledger.state("license_usage", DAY) == "loaded"


def test_many_partitions_in_one_workbench(home: Home) -> None:
    home.land("c1")
    home.land_usage("p,c,s,meetings,u,1", "p,c,s,meetings,u,2")
    work = [(dataset, DAY) for dataset in DATASETS.values()]
    outcomes = list(ingest_partitions(home.landing, home.lake, home.ledger, work, home.rules))
    assert [outcome.status for outcome in outcomes] == ["loaded", "missing", "missing", "loaded", "missing", "missing"]
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
