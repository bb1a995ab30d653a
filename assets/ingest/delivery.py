"""Delivery: the source brings into landing what it offers, before landing is read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from sources.errors import SourceError
from sources.source import Delivery, Offer, Source
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger


def waiting_offers(source: Source, ledger: Ledger, partitions: Mapping[str, Sequence[date]]) -> list[Offer]:
    """What the source offers of these partitions, dataset by dataset; what was pruned is not fetched again.

    Args:
        partitions: consecutive days, in order, by dataset.
    """
    kept_from = horizons(ledger)
    return [
        offer
        for name, days in partitions.items()
        for offer in source.offers(name, days[0], days[-1])
        if offer.day >= kept_from.get(name, date.min)
    ]


def deliver(source: Source, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
    """Have the source bring what it offers; what became of each offer, also where the source gives up in between.

    Whoever calls this holds the home folder's lock, and has asked for the offers since: so nothing is fetched twice.

    Args:
        note: told, in one line, what whoever waits should know.
    """
    if not offers:
        return
    left = dict.fromkeys((offer.dataset, offer.day) for offer in offers)
    trouble = f"source {source.name} said nothing of it"
    try:
        for delivery in source.deliver(offers, note):
            left.pop((delivery.dataset, delivery.day), None)
            yield delivery
    except SourceError as error:
        trouble = str(error)
    for dataset, day in left:
        yield Delivery(dataset, day, problem=trouble)
