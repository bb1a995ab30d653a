"""`portfolio.current.json` names what is published, and the files that it names are what it says."""

import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import duckdb

from expectations.contract import CONTRACT_VERSION
from storage.home import Serving
from storage.publication.publication import publish, read_publication, withdraw

from .small_marts import days, fill, read, request

VERSION = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]["version"]


def current(serving: Path) -> dict[str, object]:
    return json.loads(Serving(serving).current.read_text())


def test_it_names_the_publication_and_its_files(warehouse: Path, serving: Path) -> None:
    fill(warehouse, {(days(0)[0], "p"): 10, (days(1)[0], "p"): 20})
    published = publish(request(warehouse, days(0, 1)))
    written = (serving / "portfolio.duckdb").read_bytes()
    assert current(serving) == {
        "publication_id": published.publication_id,
        "published_at": published.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "first_as_of_date": "2026-01-30",
        "last_as_of_date": "2026-01-31",
        "contract_version": "1",
        "raw_contract_version": CONTRACT_VERSION,
        "git_revision": "abc",
        "provisional_as_of_date": None,
        "program_version": VERSION,
        "file": "portfolio.duckdb",
        "kept_file": f"publications/{published.publication_id}/portfolio.duckdb",
        "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }
    assert (serving / str(current(serving)["kept_file"])).read_bytes() == written


def test_it_follows_every_publication_and_goes_with_the_last(warehouse: Path, serving: Path) -> None:
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    second = publish(request(warehouse, days(0)))
    assert current(serving)["publication_id"] == second.publication_id
    withdraw(serving)
    assert not Serving(serving).current.exists()


def test_the_file_says_which_version_published_it_and_that_of_0_1_0_does_not(warehouse: Path, serving: Path) -> None:
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    first = publish(request(warehouse, days(0)))
    held = "select program_version from meta.publication"
    assert read(serving, held) == [(VERSION,)]
    with duckdb.connect(str(serving / "portfolio.duckdb")) as connection:
        connection.execute("alter table meta.publication drop column program_version")
    assert read_publication(serving) == replace(first, program_version=None)
    publish(request(warehouse, days(1), built_days=days(0, 1)))
    assert read(serving, held) == [(VERSION,)]
