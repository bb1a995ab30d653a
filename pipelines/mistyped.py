"""Names like a setting's that are none: the pipeline would go on with defaults, and nobody would know."""

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.env_file import ENV_FILE, EnvFileError, read_env_file
from pipelines.settings import PREFIX, Settings

_DASHBOARD = ("BI_DSN", "BI_USER", "BI_PASSWORD", "BI_PORT", "BI_BIND", "BI_HOSTS")
# Set by the pipeline for dbt, and by whoever runs the project's tests.
_OTHERS = (
    "WINDOW_START",
    "WINDOW_END",
    "BLOCKED_DAYS",
    "UNSEEN_DAYS",
    "STORED_DAYS",
    "WAREHOUSE",
    "TEMP_DIRECTORY",
    "SOAK",
    "FUZZ",
)
_TESTS = f"{PREFIX}TEST_"
_LEAST_LIKENESS = 0.6
_LEAST_LIKENESS_OF_PREFIX = 0.8


def mistyped_settings() -> list[str]:
    """A line for each name in the environment, and in the file `.env`, that is like a setting's and is none.

    Values are not shown: they may be secrets. A file that can't be read is left to whoever reads the settings.
    """
    lines = [f"{name} {problem}" for name, problem in _problems(os.environ)]
    return lines + [f"{name} in .env {problem}" for name, problem in _problems(_names_in_file())]


def _names_in_file() -> list[str]:
    if not Path(ENV_FILE).is_file():
        return []
    try:
        return [name.upper() for name in read_env_file(PREFIX.lower())]
    except (OSError, UnicodeDecodeError, EnvFileError):
        return []


def _problems(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names that are no setting's, in order, and what is to be said of each; case does not matter."""
    settings = [*(name.upper() for name in Settings.model_fields), *_DASHBOARD]
    known = {*settings, *_OTHERS}
    for name in sorted(names):
        prefix, _, rest = name.upper().partition("_")
        if name.upper().startswith(PREFIX):
            if rest not in known and not name.upper().startswith(_TESTS):
                close = difflib.get_close_matches(rest, settings, n=1, cutoff=_LEAST_LIKENESS)
                yield name, _said(close)
        elif rest in settings and _is_like_prefix(prefix):
            yield name, _said([rest])


def _is_like_prefix(text: str) -> bool:
    return difflib.SequenceMatcher(None, text, PREFIX.rstrip("_")).ratio() >= _LEAST_LIKENESS_OF_PREFIX


def _said(close: list[str]) -> str:
    meant = f"is it {PREFIX}{close[0]}?" if close else "docs/operations.md lists the settings"
    return f"is no setting, and is ignored; {meant}"
