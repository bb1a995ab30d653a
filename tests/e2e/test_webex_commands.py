"""Commands with the source webex, against a simulated one: exit codes of a day that waits, and its report."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sources.simulator.webex.faults import Faults, Kind, Scripted
from sources.simulator.webex.ids import encoded
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .running import portfolio

FIRST = date(2026, 3, 2)
SECOND = FIRST + timedelta(days=1)


class Partner:
    """A home folder that is filled from a simulated Webex."""

    def __init__(self, folder: Path, server: WebexServer) -> None:
        self.server, self.home = server, folder / "home"

    def run(self, day: date, *arguments: str, code: int = 0) -> str:
        """What a command says on a day; it ends with the code."""
        self.server.now = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
        given = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
        given |= self.server.addresses() | self.server.client()
        given |= {
            "PORTFOLIO_NOW": self.server.now.isoformat(),
            "PORTFOLIO_HOME": str(self.home),
            "PORTFOLIO_SOURCE": "webex",
            "PORTFOLIO_WEBEX_CDR_PER_MINUTE": "100000",
            "PORTFOLIO_WEBEX_TIMEOUT_SECONDS": "5",
        }
        done = portfolio(*arguments, environment=given)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def refuse(self, organisation: str) -> None:
        """Have Webex not tell of an organisation."""
        self.server.faults = Faults(script=[Scripted(encoded("ORGANIZATION", organisation), Kind.FORBIDDEN)])


@pytest.fixture(scope="module")
def world() -> World:
    return World(FIRST, SECOND, customers=5, seats=60)


@pytest.fixture(scope="module")
def partner(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    """After two days, on each of which an organisation could not be read at first."""
    lost = world.organisations_on(FIRST)[0].uuid
    with WebexServer(world, datetime(2026, 3, 2, tzinfo=UTC)) as server:
        partner = Partner(tmp_path_factory.mktemp("webex"), server)
        partner.refuse(lost)
        said = partner.run(FIRST, "materialize", code=1)  # nothing is published
        assert f"not delivered: customers {FIRST}: 1 of" in said
        server.faults = Faults(rate=0.1)
        said = partner.run(FIRST, "materialize")
        assert f"provisional: {FIRST}: it is published, and not over" in said
        partner.refuse(lost)
        said = partner.run(SECOND, "materialize", code=3)
        assert f"not delivered: customers {SECOND}: 1 of" in said
        assert f"published: {FIRST}…{SECOND} (2 days)" in said  # the snapshot of the day before is bridged
        server.faults = Faults(rate=0.1)
        server.journal.clear()
        partner.run(SECOND, "materialize")
        yield partner


def test_the_next_run_of_a_day_reads_what_is_missing_alone(partner: Partner) -> None:
    asked = {entry.path for entry in partner.server.journal.entries if entry.path.startswith("/v1/organizations/")}
    assert len(asked) == 1


def test_what_is_guessed_is_listed(partner: Partner) -> None:
    said = partner.run(SECOND, "webex", "report")
    subscriptions = {row["subscription_id"] for row in partner.server.answers.subscriptions(SECOND, {}, {})}
    assert f"guessed for {len(subscriptions)} subscriptions" in said
    assert all(f"  {one}: start_date 2026-03-0" in said for one in subscriptions)
    assert set(partner.run(SECOND, "webex", "contract-template").split()[1:]) == {f"{one},,,," for one in subscriptions}
