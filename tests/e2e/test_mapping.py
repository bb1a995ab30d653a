"""Exports become marts through a mapping: `map check`, `map run`, and `materialize` by itself."""

import os
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app

from .commands import published

MAPPING = """
feeds:
  - dataset: customers
    files: kunden-*.csv
    day: {name: true}
    columns: {partner_id: {constant: acme}, customer_id: Kunden-Nr, customer_name: Name}
  - dataset: subscriptions
    files: abos-*.csv
    day: {name: true}
    columns:
      partner_id: {constant: acme}
      customer_id: Kunden-Nr
      subscription_id: Abo
      is_trial: {from: Test, boolean: {true: Ja, false: Nein}}
      status: {from: Status, lookup: {values: {aktiv: active}}}
      start_date: {from: Beginn, date: "%d.%m.%Y"}
      end_date: {from: Ende, date: "%d.%m.%Y"}
      auto_renew: {from: Auto, boolean: true}
  - dataset: license_assignments
    files: abos-*.csv
    day: {name: true}
    columns:
      partner_id: {constant: acme}
      customer_id: Kunden-Nr
      subscription_id: Abo
      product: {constant: meetings}
      license_code: {constant: EE}
      total_licenses: {from: Anzahl, number: true}
      assigned_licenses: {from: Zugewiesen, number: true}
"""
SUBSCRIPTIONS = """Kunden-Nr;Abo;Test;Status;Beginn;Ende;Auto;Anzahl;Zugewiesen
1;S1;Nein;aktiv;01.01.2026;31.03.2026;ja;10;5
2;S2;Nein;gekündigt;01.01.2026;31.12.2026;nein;20;x
"""


class Partner:
    """An inbox with a mapping, a landing and a home folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.inbox, self.home = folder, folder / "inbox", folder / "home"
        self.inbox.mkdir()
        (folder / "mapping.yaml").write_text(MAPPING)
        for name, value in {
            "MAPPING": folder / "mapping.yaml",
            "INBOX": self.inbox,
            "HOME": self.home,
            "LANDING": folder / "landing",
            "NOW": "2026-03-02T10:00:00Z",
        }.items():
            monkeypatch.setenv(f"PORTFOLIO_{name}", str(value))

    def put(self, name: str, text: str) -> None:
        path = self.inbox / name
        path.write_bytes(text.encode("cp1252"))
        os.utime(path, (1_772_000_000, 1_772_000_000))

    def run(self, *words: str, code: int = 0) -> str:
        result: Result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Partner:
    made = Partner(tmp_path, monkeypatch)
    made.put("kunden-2026-03-01.csv", "Kunden-Nr;Name;Telefon\n1;Müller;0\n2;Groß;0\n")
    made.put("abos-2026-03-01.csv", SUBSCRIPTIONS)
    return made


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_check_says_what_was_not_understood_and_writes_nothing(partner: Partner) -> None:
    before = files(partner.folder)
    said = partner.run("map", "check")
    assert files(partner.folder) == before
    for line in (
        "subscriptions ← abos-*.csv  1 file, guessed: encoding cp1252, delimiter ;",
        "2 rows in = 2 out + 0 dropped",
        "its lookup lacks, for status: gekündigt (1)",
        "headers that nothing uses: Telefon",
        "would be loaded; see the remarks",
    ):
        assert line in said
    assert "Zugewiesen" not in said  # another feed uses it
    assert "assigned_licenses               1  'x'" in said


def test_run_delivers_once_and_names_what_is_left(partner: Partner) -> None:
    said = partner.run("map", "run")
    assert "delivered: customers 2026-03-01 (1 day)" in said
    assert "abos-2026-03-01.csv: 2 rows in, 2 out, 0 dropped; 1 values not understood" in said
    assert "up to date: nothing in the inbox is new" in partner.run("map", "run")
    partner.put("kunden.csv", "Kunden-Nr;Name\n3;Neu\n")
    partner.put("kunden-2026-03-02.csv", "Nr;Name\n3;Neu\n")
    partner.put("other.csv", "a;b\n")
    (partner.inbox / "abos-2026-03-02.csv").write_text(SUBSCRIPTIONS)
    said = partner.run("map", "run", code=3)
    for line in (
        "left in the inbox: abos-2026-03-02.csv: waits: it may still be written; run again in a minute",
        "left in the inbox: kunden-2026-03-02.csv: has no column 'Kunden-Nr'; it has Nr, Name",
        "left in the inbox: kunden.csv: no feed's `files` matches it",
        "left in the inbox: other.csv: no feed's `files` matches it",
    ):
        assert line in said


def test_nothing_mapped_and_wrong_use(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in partner.inbox.iterdir():
        path.unlink()
    assert "the inbox holds no export" in partner.run("map", "run", code=1)
    assert "nothing is mapped" in partner.run("map", "check", code=1)
    for words, problem in (
        (("map", "run", "--day", "1.3.2026"), "--day '1.3.2026' is no day of the calendar"),
        (("map", "check", "--inbox", str(partner.folder / "gone")), "is no folder; make it"),
        (("map", "check", "--mapping", str(partner.folder / "gone.yaml")), "cannot be read: No such file"),
    ):
        error = CliRunner().invoke(app, list(words)).exception
        assert type(error).__name__ == "UsageError"  # ends with exit code 2
        assert problem in str(error)
    monkeypatch.delenv("PORTFOLIO_MAPPING")
    error = CliRunner().invoke(app, ["map", "run"]).exception
    assert "no mapping is named: set PORTFOLIO_MAPPING and PORTFOLIO_INBOX" in str(error)


def test_materialize_delivers_builds_and_names_what_does_not_come(partner: Partner) -> None:
    partner.put("kunden-2026-02-28.csv", "Nr;Name\n1;Müller\n")
    said = partner.run("materialize", code=3)
    assert "delivered: subscriptions 2026-03-01" in said
    assert "not delivered: customers 2026-02-28: kunden-2026-02-28.csv has no column 'Kunden-Nr'" in said
    assert "published: 2026-03-01" in said
    query = "select subscription_id, customer_name, total_licenses from marts_latest.license_positions"
    assert published(partner.home, query) == [("S1", "Müller", 10)]
    (partner.inbox / "kunden-2026-02-28.csv").unlink()
    assert "offered, not delivered yet" not in partner.run("status")
