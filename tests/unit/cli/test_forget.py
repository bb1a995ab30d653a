"""`portfolio forget` says what it did not look into: what somebody put among the publications."""

from pathlib import Path

from cli.forget import _not_looked_into


def test_what_is_no_publication_is_named(tmp_path: Path) -> None:
    assert _not_looked_into(tmp_path) == ""
    (tmp_path / "publications" / "20260101T000000000000Z-0123abcd").mkdir(parents=True)
    assert _not_looked_into(tmp_path) == ""
    (tmp_path / "publications" / "backup").mkdir()
    (tmp_path / "publications" / "a\x1b[2Jb").touch()
    line = _not_looked_into(tmp_path)
    assert line.startswith("not looked into, in ")
    assert "backup" in line and "\x1b" not in line
    assert "20260101" not in line
