"""Simulated Webexes that several tests ask."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .asking import Asking

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)  # Monday to Monday
NOW = datetime(2026, 3, 6, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """Thirty customers, with all that may be odd about a Webex."""
    return World(FIRST, LAST, customers=30, seats=900, seed=5)


@pytest.fixture(scope="session")
def plain_world() -> World:
    """The same without."""
    return World(FIRST, LAST, customers=30, seats=900, seed=5, odd=False)


@pytest.fixture
def webex(world: World) -> Iterator[WebexServer]:
    """A Webex on the morning of a Friday."""
    with WebexServer(world, NOW) as server:
        yield server


@pytest.fixture
def asking(webex: WebexServer) -> Iterator[Asking]:
    """Somebody who may ask it."""
    with Asking(webex) as client:
        yield client
