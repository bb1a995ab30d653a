"""Small files that sources remember by: the old one or the new one, whatever happens to who writes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sources.small_files import read_json, replacing_file, replacing_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_and_its_folder_made(tmp_path: Path) -> None:
    file = tmp_path / "memory" / "state.json"
    for text in ('{"a": 1}\n', '{"b": 2}\n'):
        replacing_text(file, text)
        assert file.read_text() == text
    assert names(file.parent) == ["state.json"]


def test_a_block_that_raises_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    replacing_text(file, "old")
    with pytest.raises(EOFError), replacing_file(file) as stream:
        stream.write("new")
        raise EOFError
    assert file.read_text() == "old"
    assert names(tmp_path) == ["state.json"]


def test_what_a_killed_process_left_is_removed_and_what_others_write_is_not(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    replacing_text(file, "old")
    killed = (
        "import os, signal, sys; from pathlib import Path; from sources.small_files import replacing_file\n"
        "with replacing_file(Path(sys.argv[1])) as stream:\n"
        "    stream.write('half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", killed, file], cwd=Path.cwd(), check=False).returncode == -9
    assert file.read_text() == "old"
    assert len(names(tmp_path)) == 2
    others = f".state.json.{os.getppid()}-00ff.writing"
    (tmp_path / others).touch()
    (tmp_path / ".state.json.of-another-version.writing").touch()
    replacing_text(file, "new")
    assert file.read_text() == "new"
    assert names(tmp_path) == [others, "state.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"text"', "\udcff"])
def test_what_is_no_object_is_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    assert read_json(file) == {}
    file.write_bytes(text.encode(errors="surrogateescape"))
    assert read_json(file) == {}
