"""A source for tests: it holds files in memory and brings them into landing on demand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from sources.errors import SourceError
from sources.landing.folder import LandingFolder
from sources.landing.writing import replacing_partition
from sources.source import Delivery, Offer, Source

Partition = tuple[str, date]


class MemorySource(Source):
    """Offers each partition until it has delivered it as it is held; fails where it is told to."""

    name = "memory"

    def __init__(self, landing: Path, held: Mapping[Partition, bytes] | None = None) -> None:
        self.landing = LandingFolder(landing)
        self.held = dict(held or {})
        self.failing: dict[Partition, str] = {}
        self.unusable = ""
        self.fetched: list[Partition] = []
        """Every partition that was fetched, in order, as often as it was."""
        self._delivered: dict[Partition, bytes] = {}

    def check(self) -> None:
        if self.unusable:
            raise SourceError(self.unusable)

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        return [
            Offer(name, day, version=str(hash(content)))
            for (name, day), content in sorted(self.held.items())
            if name == dataset
            and (first or date.min) <= day <= (last or date.max)
            and self._delivered.get((name, day)) != content
        ]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        for offer in offers:
            partition = offer.dataset, offer.day
            self.fetched.append(partition)
            note(f"asked for {offer.dataset} {offer.day}")
            if problem := self.failing.get(partition):
                yield Delivery(offer.dataset, offer.day, problem=problem)
                continue
            with replacing_partition(self.landing.root, offer.dataset, offer.day) as folder:
                (folder / "delivered.csv").write_bytes(self.held[partition])
            self._delivered[partition] = self.held[partition]
            yield Delivery(offer.dataset, offer.day, came="1 file")


def held_in(landing: Path) -> dict[Partition, bytes]:
    """The files of a landing folder with one CSV file a partition."""
    return {
        (file.parent.parent.name, date.fromisoformat(file.parent.name)): file.read_bytes()
        for file in landing.glob("*/*/*.csv")
    }
