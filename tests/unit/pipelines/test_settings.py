"""Settings: defaults, overrides, and one clear line for each value that can't be used."""

import grp
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.base_settings import stop_clock
from pipelines.definitions import workspace_of
from pipelines.rules import rules_in_force
from pipelines.settings import SettingsError, load_settings
from sources.readers.limits import ReadLimits
from storage import clock


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    for name in list(__import__("os").environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_metric_definitions():
    settings = load_settings()
    assert settings.first_date == date(2020, 1, 1)
    assert rules_in_force(settings).environment() == {
        "PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS": "3",
        "PORTFOLIO_RECENTLY_ADDED_DAYS": "90",
        "PORTFOLIO_EXPIRING_DAYS": "90",
        "PORTFOLIO_RENEWING_DAYS": "90",
        "PORTFOLIO_LOW_ASSIGNMENT_PERCENTILE": "0.25",
        "PORTFOLIO_LOW_ASSIGNMENT_MIN_GAP": "0.1",
        "PORTFOLIO_LOW_ASSIGNMENT_MIN_PEERS": "8",
        "PORTFOLIO_SIZE_BANDS": "25,100,500,2000",
        "PORTFOLIO_WORKLIST_DAYS": "120",
        "PORTFOLIO_DEFAULT_NOTICE_DAYS": "30",
        "PORTFOLIO_GROWTH_ALLOWANCE": "0.2",
        "PORTFOLIO_HEADROOM_PERCENT": "10",
        "PORTFOLIO_MIN_USAGE_DAYS": "45",
        "PORTFOLIO_MIN_TERM_DAYS": "28",
    }


def test_paths_are_absolute_and_landing_lies_in_home_unless_set(tmp_path):
    assert load_settings(home=Path("h")).landing == tmp_path / "h" / "landing"
    assert load_settings(home=Path("h"), landing=Path("l")).landing == tmp_path / "l"


def test_dotenv_is_read_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("PORTFOLIO_MEMORY_LIMIT=5GB\nPORTFOLIO_EXPIRING_DAYS=30\n")
    monkeypatch.setenv("PORTFOLIO_EXPIRING_DAYS", "60")
    settings = load_settings()
    assert (settings.memory_limit, settings.expiring_days) == ("5GB", 60)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("MEMORY_LIMIT", "lots", "PORTFOLIO_MEMORY_LIMIT=lots: must be a number and a unit"),
        ("FIRST_DATE", "2019-12-31", "PORTFOLIO_FIRST_DATE=2019-12-31: must not be before 2020-01-01"),
        ("NOW", "noon", "PORTFOLIO_NOW=noon: "),
        ("NOW", "0001-01-01", "PORTFOLIO_NOW=0001-01-01: must be a time of the years 1970 to 2199"),
        ("NOW", "9999-12-31T23:59-14:00", "PORTFOLIO_NOW=9999-12-31T23:59-14:00: must be a time of the years"),
        ("KEEP_USAGE_DAYS", "999999", "PORTFOLIO_KEEP_USAGE_DAYS=999999: "),
        ("KEEP_SNAPSHOT_DAYS", "999999", "PORTFOLIO_KEEP_SNAPSHOT_DAYS=999999: "),
        ("KEEP_MART_DAYS", "99999999999", "PORTFOLIO_KEEP_MART_DAYS=99999999999: "),
        ("KEEP_QUARANTINE_DAYS", "999999", "PORTFOLIO_KEEP_QUARANTINE_DAYS=999999: "),
        ("THREADS", "5000", "PORTFOLIO_THREADS=5000: "),
        ("LOW_ASSIGNMENT_MIN_GAP", "inf", "PORTFOLIO_LOW_ASSIGNMENT_MIN_GAP=inf: "),
        ("MEMORY_LIMIT", "9999999TB", "PORTFOLIO_MEMORY_LIMIT=9999999TB: must be 1024TB or less"),
        ("MAX_FILE_SIZE", "9" * 400 + "GB", f"PORTFOLIO_MAX_FILE_SIZE={'9' * 400}GB: must be a number and a unit"),
        ("FIRST_DATE", "yesterday", "PORTFOLIO_FIRST_DATE=yesterday: "),
        ("SIZE_BANDS", "100,25", "PORTFOLIO_SIZE_BANDS=100,25: must be whole numbers from 1 up, rising"),
        ("SIZE_BANDS", "a", "PORTFOLIO_SIZE_BANDS=a: "),
        ("MAX_QUARANTINED_SHARE", "5", "PORTFOLIO_MAX_QUARANTINED_SHARE=5: "),
        ("SERVE_HOSTS", "https://a.example", "PORTFOLIO_SERVE_HOSTS=https://a.example: must be host names"),
        ("SERVE_HOSTS", "a.example,*", "PORTFOLIO_SERVE_HOSTS=a.example,*: must be host names"),
        ("WEBEX_API_BASE", "webexapis.com", "PORTFOLIO_WEBEX_API_BASE=webexapis.com: must be an address such as"),
        ("WEBEX_API_BASE", "https://a:b@c/", "PORTFOLIO_WEBEX_API_BASE=https://a:b@c/: must be an address"),
        ("WEBEX_EXTRA_HOSTS", "https://a", "PORTFOLIO_WEBEX_EXTRA_HOSTS=https://a: must be host names"),
        ("WEBEX_TOKEN", "two words", "PORTFOLIO_WEBEX_TOKEN=…: must be one word"),
        ("WEBEX_TOKEN_FILE", " ", "PORTFOLIO_WEBEX_TOKEN_FILE= : names no file"),
        ("WEBEX_PARTIAL", "half", "PORTFOLIO_WEBEX_PARTIAL=half: input should be 'wait' or 'carry'"),
        ("WEBEX_ATTEMPTS", "0", "PORTFOLIO_WEBEX_ATTEMPTS=0: "),
        ("SOURCE", "crm", "PORTFOLIO_SOURCE=crm: input should be 'files' or 'webex'"),
    ],
)
def test_a_wrong_value_gives_one_line(monkeypatch, name, value, wanted):
    monkeypatch.setenv(f"PORTFOLIO_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value).startswith(wanted)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("read", [load_settings, stop_clock])
def test_the_time_that_is_given_is_every_clock_s(monkeypatch, tmp_path, read):
    (tmp_path / ".env").write_text("PORTFOLIO_NOW=2031-03-01T01:00:00+02:00\n")
    read()
    assert clock.now() == datetime(2031, 2, 28, 23, tzinfo=UTC)
    monkeypatch.setenv("PORTFOLIO_NOW", "2031-03-01T01:00:00")
    read()
    assert clock.now() == datetime(2031, 3, 1, 1, tzinfo=UTC)
    monkeypatch.delenv("PORTFOLIO_NOW")
    (tmp_path / ".env").unlink()
    read()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_short_hash_key_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv("PORTFOLIO_HASH_KEY", "hunter2")
    with pytest.raises(SettingsError, match="PORTFOLIO_HASH_KEY=…: ") as error:
        load_settings()
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["https://hooks.slack.com/services/T/B/x", "http://127.0.0.1:8080", "https://h?sig=1"]
)
def test_a_webhook_is_an_address_and_a_secret(monkeypatch, address):
    monkeypatch.setenv("PORTFOLIO_ALERT_WEBHOOK", address)
    settings = load_settings()
    assert settings.alert_webhook.get_secret_value() == address
    assert address not in f"{settings} {settings!r}"


@pytest.mark.parametrize(
    "address", ["", "hush", "ftp://h/hush", "https://ann:hush@h/x", "https://h/hu sh", "file:///hush"]
)
def test_a_wrong_webhook_is_not_shown(monkeypatch, address):
    monkeypatch.setenv("PORTFOLIO_ALERT_WEBHOOK", address)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value) == (
        "PORTFOLIO_ALERT_WEBHOOK=…: must be an address such as https://host/path, without user, password or white space"
    )


@pytest.mark.parametrize("name", ["a?b", "a#b", "50%", "a\nb", "caf\udce9"])
def test_a_home_whose_name_can_not_work_is_refused(name, tmp_path):
    with pytest.raises(SettingsError, match=r"home folder .*: its name .*--home or PORTFOLIO_HOME") as caught:
        load_settings(home=tmp_path / name)
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "works"), [("a?b", True), ("50%", True), ("a\nb", False), ("caf\udce9", False)])
def test_a_landing_folder_s_name(name, works, tmp_path):
    if works:
        assert load_settings(landing=tmp_path / name).landing == tmp_path / name
        return
    with pytest.raises(SettingsError, match=r"landing folder .*: its name .*--landing or PORTFOLIO_LANDING"):
        load_settings(landing=tmp_path / name)


def test_a_group_of_readers_has_to_exist(monkeypatch):
    monkeypatch.setenv("PORTFOLIO_READERS_GROUP", "nobody-has-this-name")
    with pytest.raises(SettingsError, match="PORTFOLIO_READERS_GROUP=nobody-has-this-name: there is no such group"):
        load_settings()
    monkeypatch.setenv("PORTFOLIO_READERS_GROUP", grp.getgrgid(os.getgid()).gr_name)
    assert load_settings().readers_group == grp.getgrgid(os.getgid()).gr_name


def test_the_settings_are_the_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTFOLIO_MAX_FILE_SIZE", "3MB")
    monkeypatch.setenv("PORTFOLIO_MAX_RECORD_SIZE", "2 KiB")
    monkeypatch.setenv("PORTFOLIO_MAX_COLUMNS", "7")
    monkeypatch.setenv("PORTFOLIO_MEMORY_LIMIT", "1600MB")
    monkeypatch.setenv("PORTFOLIO_THREADS", "2")
    settings = load_settings(home=tmp_path)
    assert settings.read_limits() == ReadLimits(file_size=3 << 20, record_size=2 << 10, columns=7, batch_size=100 << 20)
    assert workspace_of(settings).ingest_rules().limits == settings.read_limits()
