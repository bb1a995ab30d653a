"""The settings that a home folder has by itself, in the `.env` in it: a server's over several homes are not its own."""

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from pipelines.settings import PREFIX, Settings, SettingsError, load_settings

_OF_THE_PROCESS = ("NOW", "LOG")
"""What concerns a process, whatever homes it serves."""


def own_environment(home: Path) -> dict[str, str]:
    """The environment of a process that is a home folder's, and works in it: no setting of this one is its."""
    kept = {f"{PREFIX}{name}".lower() for name in _OF_THE_PROCESS}
    ours = {name for name in os.environ if name.lower().startswith(PREFIX.lower()) and name.lower() not in kept}
    return {name: value for name, value in os.environ.items() if name not in ours} | {f"{PREFIX}HOME": str(home)}


def enter_home(home: Path) -> None:
    """Have this process's settings be the home folder's from here on, as if its commands ran in it.

    Raises:
        OSError: the folder can't be entered.
    """
    os.chdir(home)
    _set_environment(own_environment(home))


def settings_of(home: Path) -> Settings:
    """The settings of a home folder, as its process will have them; this process keeps its own.

    Raises:
        SettingsError: the folder can't be entered, or a value can't be used.
    """
    try:
        with _as_it_was(), chdir(home):
            enter_home(home)
            return load_settings()
    except OSError as error:
        raise SettingsError(f"home folder {home} cannot be used: {error.strerror}") from None


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Put the environment back."""
    before = dict(os.environ)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(wanted: dict[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
