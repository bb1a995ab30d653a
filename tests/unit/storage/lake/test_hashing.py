"""The holder key: made once, kept private, checked when read."""

import errno
import os
import stat
from pathlib import Path

import pytest

from storage.files.atomic import StorageError
from storage.lake.hashing import _create, key_fingerprint, load_or_create_key


def test_a_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "home" / "holder.key"
    old = os.umask(0)
    try:
        key = load_or_create_key(path)
    finally:
        os.umask(old)
    assert len(key) == 32
    assert path.read_bytes() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == key
    assert [entry.name for entry in path.parent.iterdir()] == ["holder.key"]
    assert load_or_create_key(tmp_path / "other.key") != key


def test_the_first_of_two_processes_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "holder.key"
    theirs = b"t" * 32

    def other_process_is_faster(self: Path, target: Path) -> None:
        self.write_bytes(theirs)
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(Path, "hardlink_to", other_process_is_faster)
    assert load_or_create_key(path) == theirs
    assert [entry.name for entry in tmp_path.iterdir()] == ["holder.key"]


@pytest.mark.parametrize("content", [b"", b"k" * 31])
def test_a_short_key_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holder.key"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=rf"has {len(content)} bytes, not 32; restore it") as caught:
        load_or_create_key(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read or made: Is a directory"):
        load_or_create_key(tmp_path)


def test_fingerprints_tell_keys_apart() -> None:
    first, second = key_fingerprint(b"a" * 32), key_fingerprint(b"b" * 32)
    assert first != second
    assert first == key_fingerprint(b"a" * 32)
    assert len(first) == 16 and int(first, 16) >= 0


def test_where_there_are_no_hard_links_a_key_is_made_once_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "holder.key"

    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    key = load_or_create_key(path)
    assert path.read_bytes() == key and len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    _create(path)  # by another process, which saw none a moment ago
    assert load_or_create_key(path) == key
    assert [entry.name for entry in tmp_path.iterdir()] == ["holder.key"]
