"""The holder key: what turns a licence holder's id into the integer that is stored in its place.

The hash itself is SQL (`expectations.row_checks.keyed_hash`), so that ids are hashed before they touch disk.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from storage.files.atomic import StorageError

KEY_BYTES = 32


def load_or_create_key(path: Path) -> bytes:
    """The key in the file, which is made with 32 random bytes and mode 0600 when there is none.

    Processes that start at once agree on one key: it is written aside and linked into place, and a link never replaces.
    Raises `StorageError` when the file can't be read or written, or holds fewer than 32 bytes.
    """
    try:
        if not path.exists():
            _create(path)
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"holder key {path} cannot be read or made: {error.strerror}") from error
    if len(key) < KEY_BYTES:
        raise StorageError(
            f"holder key {path} has {len(key)} bytes, not {KEY_BYTES}; restore it, or delete it to make a new key "
            "(every user is then another one, and all usage is read again)"
        )
    return key


def key_fingerprint(key: bytes) -> str:
    """16 hex digits that tell keys apart without telling anything about them."""
    return hmac.new(key, b"fingerprint of the holder key", hashlib.sha256).hexdigest()[:16]


def _name(aside: Path, path: Path) -> None:
    """Give the file its name, unless there is one of that name: then `FileExistsError`."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        raise
    except OSError:  # the file system knows no hard links: whoever holds the folder's lock is the only one to look
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if not path.exists():
                aside.rename(path)
        finally:
            os.close(folder)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, secrets.token_bytes(KEY_BYTES))
            os.fsync(file)
        finally:
            os.close(file)
        _name(aside, path)
    except FileExistsError:
        return  # another process made it first
    finally:
        aside.unlink(missing_ok=True)
