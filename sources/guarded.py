"""A source held to its word: whatever it raises is one line, and what it offers and delivers is what was asked for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from expectations.contract import CONTROL_TOTALS, DATASETS
from expectations.interrupts import raise_interrupt
from expectations.wording import LONGEST_LINE, one_line, shortened
from sources.errors import SourceError
from sources.source import Delivery, Offer, Source


class GuardedSource(Source):
    """Another source, whose faults are its own: none of them is a traceback, or a delivery that nobody reads."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name  # type: ignore[misc]  # a class's own elsewhere; here it is the other's
        self.landing = source.landing

    def check(self) -> None:
        """As the source's."""
        with self._in_one_line():
            self._source.check()

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """As the source's; once a day, and without what is of another dataset or of a day that was not asked for."""
        with self._in_one_line():
            offered = {
                offer.day: offer
                for offer in self._source.offers(dataset, first, last)
                if offer.dataset == dataset and (first or date.min) <= offer.day <= (last or date.max)
            }
        return [offered[day] for day in sorted(offered)]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """As the source's; what it says came and did not is a problem, and one that nobody asked about is none."""
        asked = {(offer.dataset, offer.day) for offer in offers}
        with self._in_one_line():
            for delivery in self._source.deliver(offers, note):
                problem = delivery.problem or ("" if delivery.nothing else self._missing(delivery))
                if not problem:
                    yield delivery
                elif (delivery.dataset, delivery.day) in asked:
                    yield Delivery(delivery.dataset, delivery.day, problem=problem)
                else:
                    note(f"source {self.name}: {delivery.dataset} {delivery.day}: {problem}")

    def newest_day(self, today: date) -> date:
        """As the source's; no day that is yet to come."""
        with self._in_one_line():
            return min(self._source.newest_day(today), today)

    def nothing_to_start_from(self) -> str:
        """As the source's."""
        with self._in_one_line():
            return self._source.nothing_to_start_from()

    def _missing(self, delivery: Delivery) -> str:
        """Why a delivery that the source calls done is none, in one line; empty where it is one."""
        if delivery.dataset not in (*DATASETS, CONTROL_TOTALS.name):
            return f"the raw contract has no dataset {delivery.dataset}"
        if self.landing.partition(delivery.dataset, delivery.day) is None:
            return f"source {self.name} says that it came, and {self.landing.root} has no file of it"
        return ""

    @contextmanager
    def _in_one_line(self) -> Iterator[None]:
        """What the source raises as a `SourceError`; one of its own says in one line what is wrong, and passes."""
        try:
            yield
        except SourceError:
            raise
        except OSError as error:
            raise SourceError(f"{error.filename or self.landing.root} cannot be used: {error.strerror}") from error
        except (Exception, SystemExit) as error:
            raise_interrupt(error)
            said = one_line(f"{type(error).__name__}: {error}").removesuffix(":")
            raise SourceError(shortened(f"source {self.name} failed: {said}", LONGEST_LINE)) from error
