"""The version that pyproject.toml declares, and what a version may be."""

import re
import tomllib

from release.errors import ReleaseError

_ALLOWED = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}((a|b|rc)(0|[1-9]\d*))?")
_LINE = re.compile(r'^version = "[^"]*"$', re.MULTILINE)


def check_version(version: str) -> str:
    """The version, which Python's tools and semantic versioning read alike.

    Raises:
        ReleaseError: it is none.
    """
    if not _ALLOWED.fullmatch(version):
        raise ReleaseError(f"VERSION={version!r} is no version: three numbers as 0.2.0, or a candidate as 0.2.0rc1")
    return version


def with_version(pyproject: str, version: str) -> str:
    """pyproject.toml's text with the version, all else as it is.

    Raises:
        ReleaseError: its version can't be set by replacing one line.
    """
    changed = _LINE.sub(f'version = "{version}"', pyproject, count=1)
    if tomllib.loads(changed)["project"].get("version") != version:
        raise ReleaseError('pyproject.toml has no line `version = "…"` of the project: write it so')
    return changed
