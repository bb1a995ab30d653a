"""A function that is killed, or finds the disk full, at each step that it takes on files below a folder."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

_STEPS = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.utime", "sqlite3.connect"}
_armed: list[Callable[[], None]] = []
_below: list[str] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _armed and event in _STEPS and any(str(_text(found)).startswith(_below[0]) for found in arguments[:2]):
        _armed[0]()


def _text(found: object) -> object:
    return os.fsdecode(found) if isinstance(found, bytes | os.PathLike) else found


_hooked: list[bool] = []


def killed_at_each(function: Callable[[], object], folder: Path) -> Iterator[int]:
    """Fork, and end the fork by SIGKILL before its first step below the folder, before its second, and so on.

    Gives the number of each step at which it was killed; it ends when a fork came to its end.
    """
    step = 0
    while True:
        step += 1
        process = os.fork()
        if process == 0:
            _run(function, folder, step, lambda: os.kill(os.getpid(), signal.SIGKILL))
        _, status = os.waitpid(process, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"step {step}"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield step


def _run(function: Callable[[], object], folder: Path, step: int, then: Callable[[], None]) -> None:
    """In a fork: run the function, and end."""
    code = 1
    try:
        with_step(folder, step, then)
        function()
        code = 0
    finally:
        os._exit(code)


def with_step(folder: Path, step: int, then: Callable[[], None]) -> Callable[[], bool]:
    """From now on, do something before the so many-th step below the folder; gives what says whether it was taken."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            then()

    _below[:], _armed[:] = [str(folder)], [count]
    return lambda: left[0] <= 0


def disarm() -> None:
    """Let all steps be taken again."""
    _armed.clear()


def full_disk() -> None:
    """What a step finds on a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")
