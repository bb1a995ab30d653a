"""One feed over files of a folder, and what comes of it, for tests."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from sources.mapping.loading import parse_mapping
from sources.mapping.mapper import MappedFile, map_file
from sources.mapping.model import Feed
from sources.mapping.surroundings import Surroundings

TODAY = date(2026, 3, 10)
DAY = date(2026, 3, 1)
CUSTOMERS = {"partner_id": {"constant": "p"}, "customer_id": "id", "customer_name": "name"}
USAGE = {
    "partner_id": {"constant": "p"},
    "customer_id": "customer",
    "subscription_id": {"constant": "s"},
    "product": {"constant": "meetings"},
    "user_id": "user",
    "activity_count": {"from": "count", "number": {"decimal": ",", "thousands": "."}},
}


def feed_of(**declared: Any) -> Feed:
    """A feed as a mapping file declares it; of customers, where nothing else is said."""
    whole = {"dataset": "customers", "files": "*", "day": {"name": "true"}, "columns": CUSTOMERS} | declared
    text = yaml.safe_dump(
        {"feeds": [{key: value for key, value in whole.items() if value is not None}]}, sort_keys=False
    )
    return parse_mapping("mapping.yaml", text.encode()).feeds[0]


def near(folder: Path, **given: Any) -> Surroundings:
    """An inbox, and a scratch folder beside it that is empty."""
    inbox, scratch = folder / "inbox", folder / "scratch"
    inbox.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    for left in scratch.iterdir():
        if left.is_file():
            left.unlink()
    return Surroundings(**({"inbox": inbox, "lookups": inbox, "scratch": scratch, "today": TODAY} | given))


def put(folder: Path, name: str, content: str | bytes) -> str:
    """A file in the inbox."""
    path = near(folder).inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def mapped(folder: Path, feed: Feed, name: str, **given: Any) -> MappedFile:
    """The file, mapped; its rows are accounted for."""
    made = map_file(feed, name, near(folder, **given))
    account = made.account
    assert account.rows_in == account.rows_out + sum(account.dropped.values())
    return made


def rows_of(made: MappedFile, day: date = DAY) -> list[dict[str, str]]:
    """The landed rows of a day."""
    with made.files[day].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, restkey="beyond"))
