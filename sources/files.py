"""The source `files`: somebody else fills the landing folder, so that what can be delivered lies there already."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import ClassVar

from sources.landing.folder import LandingFolder
from sources.source import Delivery, Offer, Source


class FilesSource(Source):
    """A landing folder that is filled from outside."""

    name: ClassVar[str] = "files"

    def __init__(self, landing: LandingFolder) -> None:
        self.landing = landing

    def check(self) -> None:
        """Raise `LandingError` unless the folder exists and can be listed: nobody here makes it."""
        self.landing.check()

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """None; the folder is not looked at."""
        return ()

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """Nothing."""
        return iter(())

    def nothing_to_start_from(self) -> str:
        """What a first partition looks like."""
        return (
            f"{self.landing.root} holds no snapshot partition (<dataset>/<YYYY-MM-DD>/<file>.csv);"
            " deliver some, then run again"
        )
