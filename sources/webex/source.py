"""The source `webex`: what it can deliver follows from landing and from what it remembers, without asking anybody."""

import asyncio
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from expectations.contract import LICENSE_USAGE
from expectations.interrupts import raise_interrupt
from sources.errors import SourceError
from sources.landing.folder import LandingFolder, LandingGoneError
from sources.source import Delivery, Offer, Source
from sources.webex.codes import read_codes
from sources.webex.hosts import is_loopback, origin
from sources.webex.options import WebexOptions
from sources.webex.progress import days_in_progress, progress_of
from sources.webex.report import Report
from sources.webex.snapshot_landing import SNAPSHOTS, files_digest, is_free, is_own
from sources.webex.terms import read_terms
from sources.webex.usage_state import reading_day, usage_state

if TYPE_CHECKING:
    from sources.webex.client import Client
    from sources.webex.run import Run

_NEEDED = ("httpx", "tenacity")


class WebexSource(Source):
    """A partner's own Webex organisation."""

    name: ClassVar[str] = "webex"

    def __init__(
        self,
        landing: LandingFolder,
        options: WebexOptions,
        now: Callable[[], datetime],
        make_client: Callable[[Callable[[str], None]], "Client"] | None = None,
    ) -> None:
        """`now` says what time it is in UTC; `make_client` is for tests, and takes what notes go to."""
        self.landing = landing
        self._options = options
        self._now = now
        self._make_client = make_client

    def check(self) -> None:
        """Raise `SourceError` where settings, files or packages that it needs can't be used."""
        if missing := [name for name in _NEEDED if find_spec(name) is None]:
            raise SourceError(
                f"source webex needs {' and '.join(missing)}; install partner-portfolio[webex] from its wheel"
            )
        for base in (self._options.api_base, self._options.analytics_base):
            if origin(base) is None:
                raise SourceError(f"{base} is no address that can be asked; give one such as https://webexapis.com/v1")
            if base.startswith("http:") and not is_loopback(base):
                raise SourceError(f"{base} would get the token without encryption; give an address with https")
        self._options.credentials.check()
        read_codes(self._options.codes_file)
        read_terms(self._options.contract_file)
        try:
            self.landing.check()
        except LandingGoneError:
            return  # it is made

    def newest_day(self, today: date) -> date:
        """Today: Webex tells of the present alone, so that a day's snapshots are read on the day itself."""
        return today

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """Today's snapshots, and the days whose usage is to be read for the first time or again."""
        try:
            self.check()
        except SourceError:
            return ()
        today = self._now().date()
        if dataset in SNAPSHOTS:
            offers = self._snapshot_offers(dataset, today)
        elif dataset == LICENSE_USAGE.name:
            state = usage_state(self._memory / "usage.json")
            offers = [
                Offer(dataset, day, f"read-{reading_day(day, today)}")
                for day in state.due_days(today, calls=self._options.calls)
            ]
        else:
            offers = []
        return [offer for offer in offers if (first or date.min) <= offer.day <= (last or date.max)]

    def _snapshot_offers(self, dataset: str, today: date) -> list[Offer]:
        """Today's, where landing lacks it, or has it by what the partner's own files said before.

        Where a killed run landed it and could not say by which files, it is landed anew; nothing is asked for it.
        """
        files = files_digest(self._options)
        if not is_free(self.landing, today, dataset):
            known = Report(self._memory).landed_with(today)
            is_right = known == files if known is not None else not progress_of(self._memory, today).is_complete
            if is_right or not is_own(self.landing, today, dataset):
                return []
        return [Offer(dataset, today, f"files-{files}")]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """Bring the snapshots, where one is asked for, then the usage that is asked for.

        Raises:
            SourceError: the token is refused, or something failed that nobody foresaw; data shows in none of its words.
        """
        asked = [offer.dataset for offer in offers if offer.dataset in SNAPSHOTS]
        usage_days = sorted(offer.day for offer in offers if offer.dataset == LICENSE_USAGE.name)
        today = min((offer.day for offer in offers if offer.dataset in SNAPSHOTS), default=self._now().date())
        if open_to_others := self._options.credentials.token.open_to_others():
            note(f"webex: {open_to_others}")
        yield from _in_few_words(lambda: self._earlier_days(today, note))
        run = self._run(today, note)
        if asked:
            yield from _in_few_words(lambda: asyncio.run(run.snapshots(asked)))
        if usage_days:
            yield from _in_few_words(lambda: asyncio.run(run.usage(usage_days)))

    def nothing_to_start_from(self) -> str:
        """There is always today, unless the source can't be used."""
        return "source webex has not delivered a snapshot yet, and offers none"

    @property
    def _memory(self) -> Path:
        return self._options.memory

    def _run(self, day: date, note: Callable[[str], None]) -> "Run":
        from sources.webex.client import Client
        from sources.webex.run import Run

        make = self._make_client or (lambda note: Client(self._options, note))
        return Run(self.landing, self._options, day, self._now, note, lambda: make(note))

    def _earlier_days(self, today: date, note: Callable[[str], None]) -> list[Delivery]:
        """Land what was read whole on an earlier day and not landed; what was not read whole is lost."""
        deliveries: list[Delivery] = []
        lost: dict[date, str] = {}
        over = [progress_of(self._memory, day) for day in days_in_progress(self._memory) if day < today]
        for progress in over:
            day = progress.day
            missing = [name for name in SNAPSHOTS if is_free(self.landing, day, name)]
            if missing and progress.is_complete:
                deliveries += self._run(day, note).land(progress, ())
            elif missing:
                lost[day] = progress.why_not_whole
                note(f"webex: the snapshots of {day} are lost: {lost[day]}, and Webex tells of the present alone")
        if lost:
            Report(self._memory).save_lost(lost)
        for progress in over:  # last: who is killed before reports the lost day again, and not never
            progress.file.unlink()
        return deliveries


def _in_few_words(work: Callable[[], list[Delivery]]) -> list[Delivery]:
    """What the work gives; what nobody foresaw is said without its message, which may quote what was read."""
    try:
        return work()
    except (SourceError, OSError):
        raise
    except Exception as error:
        raise_interrupt(error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise SourceError(
            f"source webex failed with {type(error).__name__} ({Path(place.filename).name}, line {place.lineno});"
            " please report this line"
        ) from None
