"""The command where whoever started it has closed a standard stream."""

import os
import subprocess
import sys

import pytest

from cli.entry import name_home

from ...e2e.running import TIMEOUT_SECONDS

PROGRAM = """
import os, sys
from cli.entry import main
from cli import main as command

def run():
    assert os.open({file!r}, os.O_RDONLY) > 2
    for stream in (sys.stdout, sys.stderr):
        print("said", file=stream, flush=True)
    os.system("echo a child; echo a child >&2; cat")

command.main = run
main()
"""


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_a_closed_stream_takes_what_is_said_and_no_file_has_its_number(closed, tmp_path):
    (tmp_path / "file").touch()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(file=str(tmp_path / "file"))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        preexec_fn=lambda: [os.close(number) for number in closed],
    )
    whole = "said\na child\n"
    assert ended.returncode == 0, ended.stderr
    assert (ended.stdout, ended.stderr) == tuple("" if number in closed else whole for number in (1, 2))


def test_show_says_nothing_and_ends_well_where_nobody_listens(home):
    ended = subprocess.run(
        [sys.executable, "-c", "from cli.entry import main; main()", "show", "--home", home],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        preexec_fn=lambda: os.close(1),
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("told", "found"), [("~", "/"), ("/srv/somebody", None)])
def test_whoever_has_no_folder_has_the_root(monkeypatch, told, found):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda _: told)
    name_home()
    assert os.environ.get("HOME") == found
