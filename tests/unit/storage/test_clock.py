"""The clock: it goes, until it is told which time it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from storage import clock

TICK = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def going_afterwards() -> Iterator[None]:
    yield
    clock.stop(None)


def test_it_goes() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.moment(TICK) == TICK


def test_a_stopped_clock_decides_every_day_in_utc() -> None:
    clock.stop(datetime.fromisoformat("2031-01-01T01:30:00+02:00"))
    assert clock.now() == datetime(2030, 12, 31, 23, 30, tzinfo=UTC)
    assert (clock.today(), clock.last_complete_day()) == (date(2030, 12, 31), date(2030, 12, 30))
    assert clock.moment(TICK) == clock.now()


def test_it_goes_again() -> None:
    clock.stop(TICK)
    clock.stop(None)
    assert clock.now() >= datetime(2026, 3, 11, tzinfo=UTC)
