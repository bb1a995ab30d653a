"""Which source the settings name: one entry a source, and the mapping beside it where one is declared."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from expectations.contract import SUBSCRIPTIONS
from pipelines.base_settings import PREFIX
from pipelines.settings import Settings
from sources.errors import SourceError
from sources.files import FilesSource
from sources.guarded import GuardedSource
from sources.landing.folder import LandingFolder
from sources.readers.limits import size_in_bytes
from sources.source import Source
from sources.webex.options import Credentials, Secret, WebexOptions
from storage import clock
from storage.files.temporary import temporary_folder

if TYPE_CHECKING:
    from sources.mapping.source import MappingSource


def source_of(settings: Settings) -> Source:
    """The source that the settings name, with the mapping beside it where they name one; held to its word."""
    source = SOURCES[settings.source](settings)
    if settings.mapping is not None:
        from sources.combined import CombinedSource

        source = CombinedSource(source, mapping_of(settings, source.landing))
    return GuardedSource(source)


def mapping_of(
    settings: Settings,
    landing: LandingFolder,
    given_day: date | None = None,
    state: Path | None = None,
    *,
    waits: bool = True,
) -> "MappingSource":
    """The mapping that the settings name, as a source.

    Args:
        landing: where it delivers.
        given_day: the day of exports whose feed says of none.
        state: a folder for what it remembers; the home folder's when None.
        waits: whether files that changed just now wait.
    """
    from sources.mapping.places import MappingPlace
    from sources.mapping.source import MappingSource

    assert settings.mapping is not None and settings.inbox is not None  # noqa: S101  the settings hold both or none
    place = MappingPlace(
        mapping=settings.mapping,
        inbox=settings.inbox,
        state=state or settings.folders.mapping,
        scratch=lambda: temporary_folder("mapping"),
        limits=settings.read_limits(),
        memory=size_in_bytes(settings.memory_limit),
        today=clock.today,
        given_day=given_day,
        waits=waits,
        terms=terms_file(settings) if state is None else None,
    )
    return MappingSource(place, landing)


def terms_file(settings: Settings) -> Path | None:
    """Where a mapping's exports of subscriptions become the contract file of a source that knows no terms.

    None where they are landed: there are none, the source is another one, or a contract file is named.
    """
    if settings.source != "webex" or settings.mapping is None or settings.webex_contract_file is not None:
        return None
    from sources.mapping.loading import load_mapping
    from sources.mapping.terms import CONTRACT_FILE

    try:
        feeds = load_mapping(settings.mapping).feeds
    except SourceError:
        return None  # its check says what is wrong
    has_terms = any(feed.dataset == SUBSCRIPTIONS.name for feed in feeds)
    return settings.folders.mapping / CONTRACT_FILE if has_terms else None


def webex_source(settings: Settings) -> Source:
    """The partner's own Webex organisation; its secrets stay in this object."""
    from sources.webex.source import WebexSource  # Arrow's readers take a while to load, and `files` does without

    return WebexSource(LandingFolder(settings.landing_folder), webex_options(settings), clock.now)


def webex_options(settings: Settings) -> WebexOptions:
    """The settings that begin with `webex_`, as the source takes them."""
    given = settings
    return WebexOptions(
        credentials=Credentials(
            token=_secret("webex_token", given.webex_token, given.webex_token_file, private=False),
            client_id=_secret("webex_client_id", given.webex_client_id, given.webex_client_id_file),
            client_secret=_secret("webex_client_secret", given.webex_client_secret, given.webex_client_secret_file),
            refresh_token=_secret("webex_refresh_token", given.webex_refresh_token, given.webex_refresh_token_file),
        ),
        memory=given.folders.webex,
        api_base=given.webex_api_base,
        analytics_base=given.webex_analytics_base,
        extra_hosts=given.webex_extra_hosts or (),
        concurrency=given.webex_concurrency,
        cdr_per_minute=given.webex_cdr_per_minute,
        timeout_seconds=given.webex_timeout_seconds,
        attempts=given.webex_attempts,
        codes_file=given.webex_codes_file,
        contract_file=given.webex_contract_file or terms_file(given),
        meeting_count=given.webex_meeting_count,
        calls=given.webex_calls,
        partial=given.webex_partial,
    )


def _secret(name: str, text: SecretStr | None, file: Path | None, *, private: bool = True) -> Secret:
    return Secret(f"{PREFIX}{name.upper()}", text.get_secret_value() if text is not None else None, file, private)


SOURCES: Mapping[str, Callable[[Settings], Source]] = {
    "files": lambda settings: FilesSource(LandingFolder(settings.landing_folder)),
    "webex": webex_source,
}
"""How each source is made, by what `PORTFOLIO_SOURCE` calls it."""
