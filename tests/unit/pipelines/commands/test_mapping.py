"""What `status` and `forget` say of a mapping's inbox, and the exit codes of `map run`."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.commands.mapping import Mapped, carried_lines, exports_in_inbox, run_mapping
from pipelines.settings import Settings, SettingsError, load_settings
from sources.source import Delivery

MAPPING = """
feeds:
  - dataset: customers
    files: weekly-*.csv
    day: {name: true}
    history: {carry_days: 3}
    columns: {partner_id: {constant: p}, customer_id: id, customer_name: name}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("storage.clock.now", lambda: datetime(2026, 3, 8, 9, tzinfo=UTC))
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "inbox").mkdir()
    for day in ("2026-02-20", "2026-03-01"):
        path = tmp_path / "inbox" / f"weekly-{day}.csv"
        path.write_text(f"id,name\n1,{day}\n")
        os.utime(path, (1_772_000_000, 1_772_000_000))
    return load_settings(home=tmp_path / "home", mapping=tmp_path / "mapping.yaml", inbox=tmp_path / "inbox")


def test_what_was_carried_is_told_with_its_age(settings: Settings) -> None:
    assert carried_lines(settings, date(2026, 3, 7)) == []
    mapped = run_mapping(settings, None, print)
    assert mapped.exit_code == 0
    assert carried_lines(settings, date(2026, 3, 7)) == [
        "carried: customers (weekly-*.csv): snapshot of 2026-03-01 carried to 2026-03-02…2026-03-04, 6 days old"
    ]
    assert exports_in_inbox(settings) == ["weekly-2026-02-20.csv", "weekly-2026-03-01.csv"]


def test_without_a_mapping_there_is_nothing_to_tell(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    assert carried_lines(settings, date(2026, 3, 7)) == exports_in_inbox(settings) == []
    with pytest.raises(SettingsError, match="no mapping is named: set PORTFOLIO_MAPPING and PORTFOLIO_INBOX"):
        run_mapping(settings, None, print)


def test_a_mapping_needs_an_inbox(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PORTFOLIO_MAPPING=.*: needs PORTFOLIO_INBOX"):
        load_settings(home=tmp_path, mapping=tmp_path / "mapping.yaml")


@pytest.mark.parametrize(
    ("came", "left", "known", "code"),
    [(1, 0, False, 0), (1, 1, False, 3), (0, 1, True, 3), (0, 0, True, 0), (0, 1, False, 1), (0, 0, False, 1)],
)
def test_exit_codes(came: int, left: int, known: bool, code: int) -> None:
    deliveries = [Delivery("customers", date(2026, 3, 1), came="1 row")] * came
    problems = [Delivery("customers", date(2026, 3, 2), problem="is broken")] * left
    assert Mapped([*deliveries, *problems], {"x.csv": "is broken"} if left else {}, known=known).exit_code == code
