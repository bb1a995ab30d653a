"""`python -m sources.simulator.webex … -- COMMAND`: a simulated Webex while a command runs, once for each day."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sources.simulator.webex.faults import Faults
from sources.simulator.webex.landing import write_contract_file
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

USAGE_DAYS = 4
"""So many days before the first run somebody did something: more than a first run reads."""
_EVENING = time(23, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command once for each of the days and end with its exit code; the first that is not 0 ends it.

    Without a command: write the settings with which to ask it, and wait to be interrupted.
    """
    given = _parser().parse_args(arguments)
    last = given.now.date()
    first = last - timedelta(days=given.days - 1)
    world = World(first - timedelta(days=USAGE_DAYS), last, customers=given.customers, seed=given.seed, odd=given.odd)
    with WebexServer(world, given.now, faults=Faults(rate=given.fault_rate, seed=given.seed)) as server:
        if not given.command:
            return _wait(server, given.contract)
        for server.now in _moments(first, given.now):
            environment = {**os.environ, **settings(server, given.contract)}
            code = subprocess.run(given.command, env=environment, check=False).returncode  # noqa: S603  what was asked for
            if code:
                return code
    return 0


def settings(server: WebexServer, contract: Path | None) -> Mapping[str, str]:
    """The variables with which the portfolio reads from a server, at the time that the server takes for the present.

    Writes the contract file of the server's day where one is named.
    """
    found = {
        **server.addresses(),
        "PORTFOLIO_SOURCE": "webex",
        "PORTFOLIO_NOW": server.now.isoformat(timespec="seconds"),
        "PORTFOLIO_WEBEX_TOKEN": server.token,
        "PORTFOLIO_WEBEX_CDR_PER_MINUTE": "100000",
    }
    if contract is not None:
        contract.parent.mkdir(parents=True, exist_ok=True)
        write_contract_file(contract, server.answers.contract(server.now.date()))
        found["PORTFOLIO_WEBEX_CONTRACT_FILE"] = str(contract)
    return found


def _moments(first: date, now: datetime) -> Iterator[datetime]:
    """The evening of each day before the last, then now."""
    for number in range((now.date() - first).days):
        yield datetime.combine(first + timedelta(days=number), _EVENING)
    yield now


def _wait(server: WebexServer, contract: Path | None) -> int:
    for name, value in settings(server, contract).items():
        sys.stdout.write(f"{name}={value}\n")
    sys.stdout.flush()
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sources.simulator.webex", description=main.__doc__)
    parser.add_argument("--customers", type=int, default=60, help="about how many there are")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and arguments give the same Webex")
    parser.add_argument("--days", type=int, default=1, help="run the command for so many days, up to today")
    parser.add_argument("--now", type=_moment, default=datetime.now(UTC), help="what it takes for the present (UTC)")
    parser.add_argument("--odd", action="store_true", help="with all that may be odd about a Webex")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of the calls that go wrong")
    parser.add_argument("--contract", type=Path, help="write a contract file of each day here")
    parser.add_argument("command", nargs="*", help="what to run, after --")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
