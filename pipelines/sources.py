"""Which source the settings name: one entry a source."""

from collections.abc import Callable, Mapping

from pipelines.settings import Settings
from sources.files import FilesSource
from sources.guarded import GuardedSource
from sources.landing.folder import LandingFolder
from sources.source import Source

SOURCES: Mapping[str, Callable[[Settings], Source]] = {
    "files": lambda settings: FilesSource(LandingFolder(settings.landing_folder)),
}
"""How each source is made, by what `PORTFOLIO_SOURCE` calls it."""


def source_of(settings: Settings) -> Source:
    """The source that the settings name, held to its word."""
    return GuardedSource(SOURCES[settings.source](settings))
