"""When a partition is refused, what that leaves, and when it ends."""

import os
from dataclasses import replace

import pytest

from assets.ingest.ingestion import IngestOutcome, ingest_partition
from expectations.contract import CUSTOMERS, LICENSE_USAGE

from ..landing_home import DAY, Home, forbid_reading


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
    home.rules = replace(home.rules, max_quarantined_rows=0)
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


def test_a_few_bad_rows_of_a_small_partition_refuse_nothing(home: Home) -> None:
    home.land("c1", "", "", "")  # three of four
    record = home.ingest().record
    assert record is not None and (record.rows_accepted, record.rows_quarantined) == (1, 3)
    home.land("c1", "", "", "", "")
    assert home.ingest().status == "refused"
    home.rules = replace(home.rules, max_quarantined_rows=4)
    assert home.needs()  # the setting is one of the rules of reading
    assert home.ingest().status == "loaded"
    home.land_usage("p,c,s,meetings,u,0", "p,c,s,meetings,v,0")
    usage = home.ingest(LICENSE_USAGE)
    assert (usage.status, home.stored(LICENSE_USAGE)) == ("loaded", [])


def test_duplicate_keys_never_refuse(home: Home) -> None:
    home.land("c1")
    with (home.folder() / "a.csv").open("a") as file:
        file.writelines(f"p,c1,name {n},,\n" for n in range(10))
    record = home.ingest().record
    assert record is not None and record.reasons == {"duplicate_key": 10}


@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_grew_while_it_was_read_is_read_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        home.land("c1")
        home.ingest()
    path = home.land("c2")

    def growing(*_: object) -> None:  # its digest is that of what it grew to
        with path.open("ab") as more:
            more.write(b"p,c3,n,,\n")

    with monkeypatch.context() as during:
        during.setattr("sources.readers.reading.check_batches", growing)
        outcome = ingest_partition(home.landing, home.lake, home.ledger, CUSTOMERS, DAY, home.rules)
    assert outcome.status == "refused" and outcome.refusal is not None
    assert outcome.refusal.cause == f"{path.name}: changed while it was read; it is read again next time"
    assert home.needs()
    assert home.ingest().status == "loaded"
    assert home.ids() == ["c2", "c3"]
