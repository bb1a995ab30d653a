"""The rows of refused partitions: read again from landing, who they name masked, and nothing kept."""

import os
from pathlib import Path

import pytest

from assets.ingest.ingestion import IngestOutcome
from assets.landing.refused_rows import RefusedRows, refused_rows
from expectations.contract import CUSTOMERS, LICENSE_USAGE
from planning.records import RefusalRecord

from ..landing_home import Home


def refusal_of(outcome: IngestOutcome) -> RefusalRecord:
    assert outcome.refusal is not None
    return outcome.refusal


def shown(home: Home, refusal: RefusalRecord, limit: int | None = None) -> RefusedRows:
    return refused_rows(home.landing, refusal, limit, "500MB")


def test_rows_with_reasons_and_words(home: Home) -> None:
    home.land("c1", "", "c3", "", "", "")
    refusal = refusal_of(home.ingest())
    found = shown(home, refusal, 2)
    assert (found.found, found.note) == (4, "")
    assert [(row.file, row.record, row.reasons, row.why) for row in found.rows] == [
        ("a.csv", 2, ("missing_required",), ("customer_id is empty",)),
        ("a.csv", 4, ("missing_required",), ("customer_id is empty",)),
    ]
    assert found.rows[0].values == {
        "partner_id": "p",
        "customer_id": "",
        "customer_name": "n",
        "country_code": "",
        "created_on": "",
    }
    assert len(shown(home, refusal).rows) == 4


def test_licence_holders_are_masked_and_nothing_is_kept(home: Home, tmp_path: Path, monkeypatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    (temporary / "portfolio-quarantine-99999999-1-abc").mkdir()  # of a look that was killed
    home.land_usage(*(f"p,c,s,Meetings,jane-{n}@example.com,1" for n in range(4)), "p,c,s,jane@example.com")
    found = shown(home, refusal_of(home.ingest(LICENSE_USAGE)))
    assert [row.why for row in found.rows] == [
        *[("product 'Meetings' differs from 'meetings' in case",)] * 4,
        ("the record has 4 fields, the header has more or fewer",),
    ]
    assert "jane" not in repr(found)
    assert list(temporary.iterdir()) == []


def test_what_keeps_rows_from_being_shown_is_said(home: Home) -> None:
    path = home.land("", "", "", "")
    refusal = refusal_of(home.ingest())
    os.utime(path, (1, 1))
    assert shown(home, refusal).note == "its landing files were touched since; these are their rows now"
    assert len(shown(home, refusal).rows) == 4
    home.land("c1")
    assert shown(home, refusal).note == "its landing files were replaced, and none of their rows breaks the contract"
    path.write_text("partner_id\n")
    assert shown(home, refusal).note == "a landing file of it can't be read any more"
    path.unlink()
    assert shown(home, refusal).note == "its landing files are gone"
    assert refusal.dataset == CUSTOMERS.name


def test_a_column_of_any_length_is_stored_cut(home: Home) -> None:
    header = f"partner_id,customer_id,customer_name,country_code,created_on,{'x' * 60_000}"
    home.folder().joinpath("a.csv").write_text(f"{header}\np,c1,n,,,\n")
    record = home.ingest().record
    assert record is not None and record.unexpected_columns == ("x" * 119 + "…",)


@pytest.mark.parametrize("length", [300, 60_000])
def test_a_problem_of_any_length_is_stored_cut(home: Home, length: int) -> None:
    name = "x" * length
    home.folder().joinpath("a.csv").write_text(f"partner_id,customer_id,customer_name,{name},{name}\n")
    refusal = refusal_of(home.ingest())
    assert refusal.cause.startswith("a.csv: has a column name twice: xxx")
    assert len(refusal.cause) <= 400
