"""What a run says of the inbox: files that no feed takes, and those that wait, each with the cause."""

import os
from pathlib import Path

import pytest

from pipelines.commands.unread import left_in_inbox, naming_unread
from pipelines.settings import Settings, load_settings
from sources.landing.folder import LandingError

MAPPING = """
feeds:
  - dataset: customers
    files: "customers*.csv"
    day: {name: true}
    columns: {partner_id: {constant: p}, customer_id: id, customer_name: name}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("customers-2026-03-01.csv", "kunden.csv", "customers-2026-03-02.csv"):
        (inbox / name).write_text("id,name\n1,Ada\n")
        if not name.endswith("02.csv"):
            os.utime(inbox / name, (1_700_000_000, 1_700_000_000))
    (inbox / "link.csv").symlink_to(tmp_path / "mapping.yaml")
    return load_settings(
        home=tmp_path / "home", landing=tmp_path / "landing", mapping=tmp_path / "mapping.yaml", inbox=inbox
    )


def test_what_is_left_is_named_with_its_cause(settings: Settings) -> None:
    assert {found.path: found.why for found in left_in_inbox(settings)} == {
        "customers-2026-03-02.csv": "in the inbox, waits: it may still be written; run again in a minute",
        "kunden.csv": "in the inbox, no feed's `files` matches it",
        "link.csv": "in the inbox, is a link to a file outside the inbox; put the file itself there",
    }
    said = str(naming_unread(LandingError("there is no snapshot"), left_in_inbox(settings)))
    assert said.startswith("there is no snapshot; not read: customers-2026-03-02.csv (in the inbox, waits: ")


def test_without_a_mapping_or_with_a_broken_one_nothing_is_said_of_it(settings: Settings, tmp_path: Path) -> None:
    assert settings.mapping is not None
    settings.mapping.write_text("feeds: 5")
    assert left_in_inbox(settings) == []
    assert left_in_inbox(load_settings(home=tmp_path / "home", landing=tmp_path / "landing")) == []
