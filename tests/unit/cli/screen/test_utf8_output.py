"""What programs read is UTF-8, whatever the terminal's encoding."""

import io

import pytest

from cli.screen.output import utf8_output


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_name_that_the_terminal_lacks_is_written(monkeypatch, encoding):
    held = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(held, encoding=encoding))
    written = utf8_output()
    written.write("Häkkinen, 東京")
    written.flush()
    assert held.getvalue().decode() == "Häkkinen, 東京"


def test_a_path_that_is_no_text_is_written_without_its_bytes(monkeypatch):
    held = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(held, encoding="latin-1"))
    written = utf8_output()
    written.write("landing\udcff")
    written.flush()
    assert held.getvalue() == b"landing?"
