"""What `portfolio map check` and `map run` do: exports become landing partitions, for a look or for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from expectations.contract import DATASETS
from pipelines.settings import Settings, SettingsError
from pipelines.sources import mapping_of
from sources.errors import SourceError
from sources.landing.folder import LandingFolder
from sources.mapping.mapper import Account
from sources.mapping.plan import Candidate
from sources.mapping.source import MappingSource
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import size_in_bytes
from sources.source import Delivery
from storage.files.locks import exclusive
from storage.files.temporary import temporary_folder

Found = TypeVar("Found")


@dataclass
class Mapped:
    """What came of the inbox."""

    deliveries: list[Delivery] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    """Files that are left in the inbox, each with the cause."""
    accounts: list[tuple[Candidate, Account]] = field(default_factory=list)
    """What became of the rows of each file that was mapped."""
    known: bool = False
    """Whether files of the inbox were delivered before."""

    @property
    def came(self) -> list[Delivery]:
        """What is in landing now."""
        return [one for one in self.deliveries if not one.problem]

    @property
    def exit_code(self) -> int:
        """0: all is mapped; 3: some files are left; 1: nothing is mapped."""
        if not self.came and not self.known:
            return 1
        return 3 if self.left else 0


def require_mapping(settings: Settings) -> None:
    """Raise `SettingsError` where the settings name no mapping."""
    if settings.mapping is None:
        raise SettingsError("no mapping is named: set PORTFOLIO_MAPPING and PORTFOLIO_INBOX, or give both as options")


def draft(settings: Settings, files: Sequence[Path]) -> tuple[str, list[str]]:
    """The text of a first mapping for these exports, and what is to be said of those that can't be read.

    Raises:
        SourceError: none can be read.
    """
    from sources.mapping.drafting.draft import draft_mapping

    memory = size_in_bytes(settings.memory_limit)
    try:
        return draft_mapping(files, settings.read_limits(), memory, lambda: temporary_folder("map"), settings.inbox)
    except UnreadableFileError as error:
        raise SourceError(str(error)) from error


def run_mapping(settings: Settings, given_day: date | None, note: Callable[[str], None]) -> Mapped:
    """Deliver what is new in the inbox.

    Args:
        given_day: the day of files whose feed says of none.
        note: told, in one line, what whoever waits should know.

    Raises:
        SourceError: the mapping or the inbox can't be used.
    """
    require_mapping(settings)
    source = mapping_of(settings, LandingFolder(settings.landing_folder), given_day)
    source.check()
    with exclusive(settings.folders.pipeline_lock, note):
        return _deliver(source, note)


def checked_mapping(
    settings: Settings, given_day: date | None, note: Callable[[str], None], look: Callable[[LandingFolder], Found]
) -> tuple[Mapped, Found | None]:
    """Map the whole inbox into a landing folder that is gone afterwards; nothing else is written.

    Args:
        look: looks at that folder; None where nothing is in it.

    Raises:
        SourceError: as of `run_mapping`.
    """
    require_mapping(settings)
    with temporary_folder("map") as folder:
        landing = LandingFolder(folder / "mapped")
        landing.root.mkdir()
        source = mapping_of(settings, landing, given_day, state=folder / "state", waits=False)
        source.check()
        mapped = _deliver(source, note)
        return mapped, look(landing) if mapped.came else None


def _deliver(source: MappingSource, note: Callable[[str], None]) -> Mapped:
    mapped = Mapped()
    source.on_mapped = lambda one, account: mapped.accounts.append((one, account))
    state = source.look()
    mapped.known = bool(state.delivered.landed)
    mapped.left = {**state.not_looked_at, **dict(state.problems)}
    offers = [offer for dataset in DATASETS for offer in source.offers(dataset)]
    for delivery in source.deliver(offers, note):
        mapped.deliveries.append(delivery)
    mapped.left |= source.unmapped
    return mapped


def exports_in_inbox(settings: Settings) -> list[str]:
    """The files of the inbox that a feed takes, by their paths; none without a mapping that can be read."""
    if settings.mapping is None:
        return []
    try:
        state = mapping_of(settings, LandingFolder(settings.landing_folder), waits=False).look()
    except SourceError:
        return []
    return sorted({one.file.relative for one in state.candidates})


def carried_lines(settings: Settings, newest: date) -> list[str]:
    """The newest snapshot of each feed that was carried forward, with its age on `newest`, a line each."""
    if settings.mapping is None:
        return []
    lines = {}
    carried = mapping_of(settings, LandingFolder(settings.landing_folder)).carried()
    for one in sorted(carried, key=lambda one: one.since):
        age = (newest - one.since).days
        held = f"snapshot of {one.since} carried to {one.days[0]}…{one.days[-1]}"
        lines[one.dataset, one.files] = f"carried: {one.dataset} ({one.files}): {held}, {age} days old"
    return list(lines.values())
