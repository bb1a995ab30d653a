"""Where a command may write: a new file, or the place of one; never that of a link, a pipe or a folder."""

import os
from pathlib import Path

import pytest

from cli.errors import UserError
from cli.output_file import check_output


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["link", "broken link", "pipe"])
def test_what_is_no_regular_file_stays(tmp_path: Path, kind: str, overwrite: bool) -> None:
    path, behind = tmp_path / "out", tmp_path / "behind"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(behind)
    if kind == "link":
        behind.write_text("mine")
    before = path.lstat()
    with pytest.raises(UserError, match=r"not a file; name another one$") as raised:
        check_output(path, overwrite=overwrite)
    assert str(raised.value).startswith(f"{path} is a {'link' if 'link' in kind else 'pipe'}")
    assert path.lstat() == before


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    for free in ("none", "none/below", "file/below"):
        check_output(tmp_path / free, overwrite=False)
    check_output(tmp_path / "file", overwrite=True)
    with pytest.raises(UserError, match=r"exists; --overwrite replaces it$"):
        check_output(tmp_path / "file", overwrite=False)
    for folder in (tmp_path, tmp_path / "link"):
        with pytest.raises(UserError, match=r"is a folder; name a file in it$"):
            check_output(folder, overwrite=True)
