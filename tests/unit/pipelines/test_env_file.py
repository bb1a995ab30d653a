"""The file `.env`: what it says is what is used, as it is written; a line that can't be read is never dropped."""

import os
from pathlib import Path

import pytest

from pipelines.mistyped import mistyped_settings
from pipelines.settings import SettingsError, load_settings

KEY = "abcdefghijklmnopqrst"


@pytest.fixture(autouse=True)
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in list(os.environ):
        if name.upper().startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PORTFOLIO_EXPIRING_DAYS: 5\n", 1),
        ("PORTFOLIO_EXPIRING_DAYS 5\n", 1),
        ("# ours\n\nPORTFOLIO_EXPIRING_DAYS: 5\n", 3),
        ("OTHER=1\r\n\r\n\r\nPORTFOLIO_EXPIRING_DAYS: 5\r\n", 4),
        (f'OTHER=1\nPORTFOLIO_HASH_KEY="{KEY}\nPORTFOLIO_THREADS=2\n', 2),
        (f"PORTFOLIO_HASH_KEY='{KEY}", 1),
        (f'PORTFOLIO_HASH_KEY="{KEY}"x\n', 1),
        (f'PORTFOLIO_HASH_KEY="{KEY}\n# a note, "\n', 1),  # the next quote closes it
        ("PORTFOLIO_THREADS=2\nPORTFOLIO_EXPIRING_DAYS\n", 2),
        ("export portfolio_expiring_days\n", 1),
        ("= 5\n", 1),
        ("\nother: line\n", 2),
    ],
)
def test_a_line_that_can_not_be_read_is_named_and_not_shown(env: Path, text: str, line: int) -> None:
    env.write_bytes(text.encode())
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value).startswith(f"line {line} of {env} cannot be read: write NAME=value")
    assert KEY not in str(error.value)
    assert "\n" not in str(error.value)
    assert mistyped_settings() == []  # it is said once


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"PORTFOLIO_HASH_KEY={KEY}", KEY),
        (f"\n  export portfolio_hash_key = '{KEY}'  # the key\r\n", KEY),
        (f'PORTFOLIO_HASH_KEY="{KEY} # \\"x\\""\n', f'{KEY} # "x"'),
        (f"PORTFOLIO_HASH_KEY={KEY}#x #y\n", f"{KEY}#x"),
        (f"\ufeffPORTFOLIO_HASH_KEY={KEY}\n", KEY),
        (f"export OTHER\nOTHER=\nOTHER='a\nb'\nPORTFOLIO_HASH_KEY={KEY}\n", KEY),
        (f"PORTFOLIO_HASH_KEY=x\nportfolio_hash_key=y\nPORTFOLIO_HASH_KEY={KEY}\n", KEY),
        (f"PORTFOLIO_HASH_KEY={KEY}${{HOME}}\n", f"{KEY}${{HOME}}"),
        (f'PORTFOLIO_HASH_KEY="{KEY}${{PORTFOLIO_NOWHERE:-x}}$HOME"\n', f"{KEY}${{PORTFOLIO_NOWHERE:-x}}$HOME"),
    ],
)
def test_values_are_taken_as_they_are_written(env: Path, text: str, key: str) -> None:
    env.write_bytes(text.encode())
    found = load_settings().hash_key
    assert found is not None
    assert found.get_secret_value() == key


def test_options_win_over_the_environment_and_that_over_the_file(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env.write_text("PORTFOLIO_HOME=a\nPORTFOLIO_LANDING=b\nPORTFOLIO_SIZE_BANDS=7,9\nPORTFOLIO_SERVE_HOSTS=x.example\n")
    monkeypatch.setenv("portfolio_landing", "c")
    monkeypatch.setenv("PORTFOLIO_HOME", "d")
    settings = load_settings(home=Path("e"))
    assert (settings.home.name, settings.landing_folder.name) == ("e", "c")
    assert (settings.size_bands, settings.serve_hosts) == ((7, 9), ("x.example",))


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_what_is_no_file_is_refused(env: Path, kind: str) -> None:
    if kind == "folder":
        env.mkdir()
    else:
        env.symlink_to("nothing")
    with pytest.raises(SettingsError, match=r"^the settings in .*\.env cannot be read: "):
        load_settings()
    assert mistyped_settings() == []


def test_without_a_file_the_defaults_are_used() -> None:
    assert load_settings().expiring_days == 90
