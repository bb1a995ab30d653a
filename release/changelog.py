"""CHANGELOG.md: what is unreleased becomes a version's section."""

import re
from dataclasses import dataclass
from datetime import date

from packaging.version import Version

from release.errors import ReleaseError

_HEADING = re.compile(r"^## (?P<name>\S+)(?: - (?P<day>\d{4}-\d\d-\d\d))?[ \t]*$", re.MULTILINE)
_UNRELEASED = "Unreleased"


@dataclass(frozen=True)
class Section:
    """A heading of the second level, with what is below it."""

    name: str
    """The version, or `Unreleased`."""
    day: date | None
    """When it was released (UTC), where it says so."""
    body: str
    """Without blank lines around it."""


def sections(text: str) -> list[Section]:
    """The changelog's sections in order: `Unreleased` first, then the newest version."""
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    return [
        Section(
            heading["name"],
            date.fromisoformat(heading["day"]) if heading["day"] else None,
            text[heading.end() : end].strip(),
        )
        for heading, end in zip(headings, ends, strict=True)
    ]


def section(text: str, version: str) -> Section | None:
    """A version's section; None where it has none."""
    return next((found for found in sections(text) if found.name == version), None)


def cut(text: str, version: str, day: date) -> str:
    """The changelog with what was unreleased below a heading `<version> - <day>`, and nothing unreleased.

    A changelog in which that was done before comes back as it is, whatever its day.

    Raises:
        ReleaseError: nothing is unreleased, or something is though the version was cut; the version is no newer one.
    """
    unreleased = section(text, _UNRELEASED)
    if unreleased is None:
        raise ReleaseError("CHANGELOG.md has no heading `## Unreleased`: put it above the newest version")
    named = [found.name for found in sections(text) if found.name != _UNRELEASED]
    if version in named:
        return _cut_before(text, version, named[0], unreleased)
    if named and Version(version) <= Version(named[0]):
        raise ReleaseError(
            f"{version} is not newer than {named[0]}, the newest version of CHANGELOG.md: choose a newer one"
        )
    if not unreleased.body:
        raise ReleaseError("CHANGELOG.md has nothing below Unreleased: say what the version brings, commit, run again")
    heading = next(found for found in _HEADING.finditer(text) if found["name"] == _UNRELEASED)
    before, after = text[: heading.start()], text[heading.end() :]
    return f"{before}## {_UNRELEASED}\n\n## {version} - {day.isoformat()}{after}"


def _cut_before(text: str, version: str, newest: str, unreleased: Section) -> str:
    if version != newest:
        raise ReleaseError(
            f"{version} is not newer than {newest}, the newest version of CHANGELOG.md: choose a newer one"
        )
    if unreleased.body:
        raise ReleaseError(
            f"CHANGELOG.md has lines below Unreleased, and a section {version} already: move them there and commit,"
            " or choose a newer version"
        )
    return text
