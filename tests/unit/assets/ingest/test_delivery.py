"""What a source offers is delivered once, and what became of each offer is said, whatever the source does."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.ingest.delivery import deliver, waiting_offers
from sources.errors import SourceError
from sources.guarded import GuardedSource
from sources.source import Delivery, Offer
from storage.ledger.horizons import raise_horizon
from storage.ledger.ledger import Ledger

from ...sources.memory_source import MemorySource

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=offset) for offset in range(4)]


@pytest.fixture
def source(tmp_path: Path) -> MemorySource:
    return MemorySource(tmp_path / "landing", {("customers", day): b"partner_id\n" for day in DAYS})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def delivered(source: MemorySource, offers: Sequence[Offer]) -> dict[date, str]:
    return {delivery.day: delivery.problem for delivery in deliver(GuardedSource(source), offers, lambda message: None)}


def test_what_was_delivered_is_not_offered_again(source: MemorySource, ledger: Ledger) -> None:
    wanted = {"customers": DAYS[:2], "subscriptions": DAYS[:2]}
    assert delivered(source, waiting_offers(source, ledger, wanted)) == {DAYS[0]: "", DAYS[1]: ""}
    assert source.landing.days("customers") == DAYS[:2]
    assert waiting_offers(source, ledger, wanted) == []
    assert source.days("customers") == DAYS


def test_what_was_pruned_is_not_fetched_again(source: MemorySource, ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        raise_horizon(connection, "customers", DAYS[2])
    assert [offer.day for offer in waiting_offers(source, ledger, {"customers": DAYS})] == DAYS[2:]


def test_one_failure_is_its_own(source: MemorySource, ledger: Ledger) -> None:
    source.failing["customers", DAYS[1]] = "the mapping lacks a product"
    found = delivered(source, waiting_offers(source, ledger, {"customers": DAYS}))
    assert found == dict.fromkeys(DAYS, "") | {DAYS[1]: "the mapping lacks a product"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SourceError("the token is refused; renew it"), "the token is refused; renew it"),
        (PermissionError(13, "Permission denied", "/landing"), "/landing cannot be used: Permission denied"),
    ],
)
def test_a_source_that_gives_up_fails_what_is_left(
    source: MemorySource, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    deliver_all = source.deliver

    def first_alone(offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        yield from deliver_all(offers[:1], note)
        raise error

    monkeypatch.setattr(source, "deliver", first_alone)
    found = delivered(source, waiting_offers(source, ledger, {"customers": DAYS[:3]}))
    assert found == {DAYS[0]: "", DAYS[1]: said, DAYS[2]: said}


def test_an_offer_of_which_nothing_is_said_did_not_come(
    source: MemorySource, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "deliver", lambda offers, note: iter(()))
    found = delivered(source, waiting_offers(source, ledger, {"customers": DAYS[:1]}))
    assert found == {DAYS[0]: "source memory said nothing of it"}


def test_nothing_is_asked_for_where_nothing_is_offered(source: MemorySource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "deliver", lambda offers, note: pytest.fail("asked"))
    assert delivered(source, []) == {}
