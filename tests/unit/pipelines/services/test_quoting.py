"""Quoting for systemd's files, against parsers that are not ours: a POSIX shell's, and that of `.env` files."""

import shlex
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.env_file import read_env_file
from pipelines.services.quoting import plain, quoted, setting

LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)


def test_spaces_quotes_backslashes_and_percent_signs():
    assert quoted(Path('/srv/it\'s "a b"/100%/c\\d')) == '"/srv/it\'s \\"a b\\"/100%%/c\\\\d"'
    assert plain(Path("/srv/100% a")) == "/srv/100%% a"


@given(LINES)
def test_a_quoted_word_is_one_word_again(text):
    """In double quotes systemd and a shell take a backslash before a backslash or quote alike; `%%` is systemd's."""
    assert shlex.split(quoted(text)) == [text.replace("%", "%%")]


@given(LINES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_setting_is_read_as_it_was_by_both_readers_of_the_file(tmp_path, text):
    written = setting(text)
    assert shlex.split(written) == [text]
    (tmp_path / "env").write_text(f"PORTFOLIO_HOME={written}\nPORTFOLIO_LANDING=x\n")
    assert read_env_file("portfolio_", tmp_path / "env") == {"portfolio_home": text, "portfolio_landing": "x"}
