"""Two sources as one: a partition may come from either, or in part from both."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from sources.errors import SourceError
from sources.landing.folder import LandingGoneError
from sources.source import Delivery, Offer, Source


class CombinedSource(Source):
    """A source, and one beside it that adds files to the same landing folder. The second comes after the first."""

    def __init__(self, first: Source, second: Source) -> None:
        self._first, self._second = first, second
        self.name = first.name  # type: ignore[misc]  # a class's own elsewhere; here it is the first one's
        self.landing = first.landing

    def check(self) -> None:
        """As both sources'; a landing folder that is not there yet is made by whoever delivers first."""
        self._second.check()
        try:
            self._first.check()
        except LandingGoneError:
            if self.landing.root.exists():
                raise

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """What either offers; of what both do, the versions are joined."""
        others = self._second.offers(dataset, first, last)  # asked first: the first source may need what it writes
        found = {offer.day: offer for offer in self._first.offers(dataset, first, last)}
        for offer in others:
            known = found.get(offer.day)
            found[offer.day] = Offer(dataset, offer.day, f"{known.version}+{offer.version}") if known else offer
        return [found[day] for day in sorted(found)]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """Each offer by whoever made it; what the first brings anew, the second adds to again where it has to."""
        brought: set[tuple[str, date]] = set()
        trouble: SourceError | None = None
        try:
            for delivery in self._first.deliver(_made_by(self._first, offers), note):
                brought.add((delivery.dataset, delivery.day))
                yield delivery
        except SourceError as error:
            trouble = error
        asked = [*offers, *(Offer(dataset, day) for dataset, day in sorted(brought))]
        yield from self._second.deliver(_made_by(self._second, asked), note)
        if trouble is not None:
            raise trouble

    def newest_day(self, today: date) -> date:
        """As the first one's."""
        return self._first.newest_day(today)

    def nothing_to_start_from(self) -> str:
        """What both say."""
        return f"{self._first.nothing_to_start_from()}; {self._second.nothing_to_start_from()}"


def _made_by(source: Source, offers: Sequence[Offer]) -> list[Offer]:
    """Those of the offers that a source makes, as it makes them now."""
    days: dict[str, set[date]] = {}
    for offer in offers:
        days.setdefault(offer.dataset, set()).add(offer.day)
    return [
        offer
        for dataset, asked in days.items()
        for offer in source.offers(dataset, min(asked), max(asked))
        if offer.day in asked
    ]
