"""Anomalies through the real command: a partner's collapsed feed holds its day, and a good one publishes it."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from .commands import portfolio, published
from .homes import fingerprint

NEWEST = "2026-04-10"
BEFORE = "2026-04-09"
# A simulated partner of this size has a few rows a day: with these, they are enough to judge by.
SETTINGS = {"check_min_rows": 4}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A landing folder of two partners, and a home that has all days but the newest."""
    folder = tmp_path_factory.mktemp("partition_checks")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-20", "--to", NEWEST, "--customers", "24", "--partners", "2")
    materialize(landing, home, "--from", BEFORE, "--to", BEFORE)
    return landing, home


@pytest.fixture
def copied(built, tmp_path):
    """The built landing and home, to change."""
    for source, name in zip(built, ("landing", "home"), strict=True):
        shutil.copytree(source, tmp_path / name, symlinks=True)
    return tmp_path / "landing", tmp_path / "home"


def materialize(landing: Path, home: Path, *options: str, code: int = 0):
    return portfolio("materialize", "--landing", landing, "--home", home, *options, code=code, **SETTINGS)


def newest_customers(landing: Path) -> tuple[Path, list[dict[str, str]]]:
    (file,) = (landing / "customers" / NEWEST).glob("*.csv")
    with file.open(newline="", encoding="utf-8") as handle:
        return file, list(csv.DictReader(handle))


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def of_partner(rows: list[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """The partner with the most customers, and its rows."""
    partners = [row["partner_id"] for row in rows]
    largest = max(sorted(set(partners)), key=partners.count)
    return largest, [row for row in rows if row["partner_id"] == largest]


def collapse(landing: Path) -> tuple[str, bytes, set[str]]:
    """Leave a single customer of one partner in the newest snapshot: the partner, the file as it was, who is gone."""
    file, rows = newest_customers(landing)
    whole = file.read_bytes()
    partner, own = of_partner(rows)
    write(file, [row for row in rows if row["partner_id"] != partner or row is own[0]])
    return partner, whole, {row["customer_id"] for row in own[1:]}


def test_a_collapse_holds_its_day_keeps_the_publication_and_a_repaired_file_publishes(copied) -> None:
    landing, home = copied
    partner, whole, gone = collapse(landing)
    before = fingerprint(home)

    done = materialize(landing, home, "--from", NEWEST, "--to", NEWEST, code=1)

    (held,) = [line for line in done.stdout.splitlines() if line.startswith("held: ")]
    assert held.startswith(
        f"held: customers {NEWEST}: check customers_lost: {partner}: {len(gone)} of {len(gone) + 1} "
    )
    assert any(name in held for name in gone)
    cause = f"customers {NEWEST} (check customers_lost failed)"
    assert f"blocked: {NEWEST}: {cause} was refused" in done.stdout
    assert fingerprint(home) == before
    status = portfolio("status", "--landing", landing, "--home", home).stdout
    assert held in status
    assert f"blocked: {cause} was refused" in status

    (file, _) = newest_customers(landing)
    file.write_bytes(whole)
    repaired = materialize(landing, home, "--from", NEWEST, "--to", NEWEST)

    assert f"published: {NEWEST}" in repaired.stdout
    assert "held: " not in repaired.stdout


def test_in_a_range_only_the_held_day_is_missing_and_its_partition_does_not_count_as_loaded(copied) -> None:
    landing, home = copied
    partner, _, _ = collapse(landing)

    materialize(landing, home, "--from", "2026-04-08", "--to", NEWEST, code=3)

    days = published(home, "select distinct as_of_date::varchar from marts.portfolio_kpis order by all")
    assert days == [("2026-04-08",), (BEFORE,)]
    loaded = published(home, "select max(partition_date)::varchar from meta.ingestion where dataset = 'customers'")
    assert loaded == [(BEFORE,)]
    query = "select severity, status, sample from meta.check_results where check_name = 'customers_lost'"
    ((severity, status, sample),) = published(home, f"{query} and partner_id = '{partner}'")
    assert (severity, status) == ("error", "failed")
    assert json.loads(sample)


def test_an_accepted_collapse_is_published(copied) -> None:
    landing, home = copied
    collapse(landing)
    materialize(landing, home, "--from", NEWEST, "--to", NEWEST, code=1)

    accepted = materialize(
        landing, home, "--from", NEWEST, "--to", NEWEST, "--accept", "customers_lost", "--reason", "they were sold"
    )

    assert f"published: {NEWEST}" in accepted.stdout
    reasons = published(home, "select distinct accepted_reason from meta.check_results where status = 'accepted'")
    assert reasons == [("they were sold",)]


def test_a_partner_that_a_day_lacks_is_bridged_and_not_fallen_to_zero(copied) -> None:
    landing, home = copied
    file, rows = newest_customers(landing)
    partner, own = of_partner(rows)
    write(file, [row for row in rows if row["partner_id"] != partner])

    done = materialize(landing, home, "--from", NEWEST, "--to", NEWEST)

    assert "held: " not in done.stdout
    query = f"select count(*) from marts.portfolio_kpis where as_of_date = '{NEWEST}' and partner_id = '{partner}'"
    assert published(home, query) == [(1,)]
    assert own


def test_data_docs_count_what_fails_and_show_no_row(copied) -> None:
    landing, home = copied
    _, _, gone = collapse(landing)
    materialize(landing, home, "--from", NEWEST, "--to", NEWEST, code=1)

    done = portfolio("docs", "--no-open", "--home", home, **SETTINGS)

    index = home / "data_docs" / "index.html"
    assert f"Data Docs: {index}" in done.stdout
    pages = [page.read_text(encoding="utf-8") for page in (home / "data_docs").rglob("*.html")]
    assert any("customers_lost" in page for page in pages)
    assert not any(name in page for page in pages for name in gone)
