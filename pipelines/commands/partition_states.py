"""The state of every partition that counts: the ledger compared with landing, and with what the source offers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expectations.contract import DATASETS
from planning.days import days_between
from planning.look_back import required_snapshots
from planning.records import RefusalRecord
from sources.landing.folder import LandingFolder
from sources.source import Source
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger


@dataclass(frozen=True)
class DatasetStates:
    """A dataset's days from its first partition, of any state, to the newest complete one; each in one list.

    Today's is there as well where it exists, and is never missing. Days before what was pruned are left out.
    """

    dataset: str
    first: date | None
    """None where there is no partition."""
    loaded: tuple[date, ...] = ()
    refused: tuple[RefusalRecord, ...] = ()
    new: tuple[date, ...] = ()
    """Landed or offered, and not ingested yet."""
    missing: tuple[date, ...] = ()
    touched: tuple[date, ...] = ()
    """Loaded or refused (and in that list, too); their landing files changed, or were written anew, since."""
    offered: tuple[date, ...] = ()
    """In other lists, too: the source can deliver them, for the first time or anew."""
    rows_accepted: int = 0
    rows_quarantined: int = 0


@dataclass(frozen=True)
class Partitions:
    """The states of all datasets."""

    by_dataset: Mapping[str, DatasetStates] = field(default_factory=dict)

    @property
    def first_snapshot(self) -> date | None:
        """The first day with a snapshot partition, offered, in landing or lake."""
        firsts = [first for name in required_snapshots() if (first := self.by_dataset[name].first) is not None]
        return min(firsts, default=None)

    def waiting(self, dataset: str) -> frozenset[date]:
        """The days whose landing files the next run reads, delivered first where they are offered."""
        states = self.by_dataset[dataset]
        return frozenset((*states.new, *states.touched, *states.offered))


def partitions(ledger: Ledger | None, source: Source, newest: date) -> Partitions:
    """The states of the partitions up to `newest`, the last day that is over, and of today's.

    A home folder without a ledger has ingested nothing. Landing files are compared by their stat facts, not read.
    Raises `SourceError` when a folder can't be listed, or the source can't be used.
    """
    return Partitions({name: _states(name, ledger, source, newest) for name in DATASETS})


def _states(dataset: str, ledger: Ledger | None, source: Source, newest: date) -> DatasetStates:
    records = {record.partition_date: record for record in (ledger.partitions(dataset) if ledger else ())}
    refusals = {refusal.partition_date: refusal for refusal in (ledger.refusals(dataset) if ledger else ())}
    # What was pruned is over: its landing files wait for nothing, and its days are not missing.
    kept_from = horizons(ledger).get(dataset, date.min) if ledger else date.min
    landed = {day for day in source.landing.days(dataset) if day >= kept_from}
    offered = {offer.day for offer in source.offers(dataset) if offer.day >= kept_from}
    first = min((*landed, *offered, *records, *refusals), default=None)
    today = newest + timedelta(days=1)
    if any(today in found for found in (landed, offered, records, refusals)):
        newest = today
    if first is None or first > newest:
        return DatasetStates(dataset, None)
    signatures = {day: record.landing_signature for day, record in records.items()}
    signatures |= {day: refusal.landing_signature for day, refusal in refusals.items()}
    days = list(days_between(first, newest))
    return DatasetStates(
        dataset,
        first,
        loaded=tuple(day for day in days if day in records and day not in refusals),
        refused=tuple(refusals[day] for day in days if day in refusals),
        new=tuple(day for day in days if day in landed | offered and day not in signatures),
        missing=tuple(day for day in days if day not in landed | offered and day not in signatures),
        touched=tuple(
            _touched(dataset, source.landing, [day for day in days if day in landed and day in signatures], signatures)
        ),
        offered=tuple(day for day in days if day in offered),
        rows_accepted=sum(record.rows_accepted for day, record in records.items() if day <= newest),
        rows_quarantined=sum(record.rows_quarantined for day, record in records.items() if day <= newest),
    )


def _touched(dataset: str, landing: LandingFolder, days: list[date], signatures: Mapping[date, str]) -> Iterator[date]:
    for day in days:
        partition = landing.partition(dataset, day)
        # The ledger's signature begins with a line on the rules of reading.
        if partition is not None and signatures[day].partition("\n")[2] != partition.signature():
            yield day
