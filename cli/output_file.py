"""The file that a command writes what was asked for to."""

import stat
from pathlib import Path

from cli.errors import UserError


def check_output(path: Path, *, overwrite: bool) -> None:
    """Look at what is there: a link, a device or a pipe would be replaced by a file, and what is behind it not written.

    Raises:
        UserError: it is a folder, or no regular file; or it exists and is not to be replaced.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file in it")
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(mode):
        what = "a link" if stat.S_ISLNK(mode) else "a pipe, a socket or a device"
        raise UserError(f"{path} is {what}, not a file; name another one")
    if not overwrite:
        raise UserError(f"{path} exists; --overwrite replaces it")
