"""`portfolio.current.json` names what is published, and the files that it names are what it says."""

import hashlib
import json
from pathlib import Path

from expectations.contract import CONTRACT_VERSION
from storage.home import Serving
from storage.publication.publication import publish, withdraw

from .small_marts import days, fill, request


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
