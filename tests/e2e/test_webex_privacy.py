"""After a run from a Webex that fails, no token, secret or e-mail address is anywhere: in files, in output."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

from sources.simulator.webex.faults import TRANSIENT, Faults, Kind, Scripted
from sources.simulator.webex.ids import encoded
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .running import portfolio
from .unpacking import unpacked
from .webex_runs import Runs

MORNING = datetime(2026, 3, 6, 6, 30, tzinfo=UTC)
ADDRESS = re.compile(rb"[\w.+-]+(?:@|%40|\\u0040)[\w.-]+\.example", re.IGNORECASE)


def found_in(content: bytes, secrets: set[bytes]) -> set[bytes]:
    """Addresses and secrets in some bytes."""
    return {secret for secret in secrets if secret in content} | set(ADDRESS.findall(content))


def test_tokens_and_addresses_are_nowhere(tmp_path: Path) -> None:
    world = World(date(2026, 3, 2), date(2026, 3, 6), customers=10, seats=200, seed=9)
    with WebexServer(world, MORNING, faults=Faults(rate=0.1, seed=3)) as server:
        server.behaviour.token_calls = 150
        server.behaviour.holder_page = 3
        server.faults.script = [
            *(Scripted("includeAssignedTo", kind, calls=[number]) for number, kind in enumerate(TRANSIENT, 1)),
            # What can't be read for good is said, and so is a token that is refused.
            Scripted(encoded("ORGANIZATION", next(iter(world.organisations))), Kind.FORBIDDEN),
            Scripted("/meetingReports", Kind.HTML, calls=range(1, 100)),
        ]
        client = {name.removeprefix("PORTFOLIO_WEBEX_").lower(): value for name, value in server.client().items()}
        runs = Runs(server, tmp_path, token="", attempts=3, **client)
        runs.begin(MORNING)
        first = runs.materialize()
        assert first.returncode == 1, first.stdout + first.stderr
        server.faults.script = []
        second = runs.materialize()
        assert second.returncode in (0, 3), second.stdout + second.stderr
        wrong = Runs(server, tmp_path / "wrong", token="", **{**client, "client_secret": "cs-of-somebody-else"})
        wrong.begin(MORNING)
        refused = wrong.materialize()
        assert refused.returncode != 0
        report = portfolio("webex", "report", environment=runs.environment())
        assert report.returncode == 0, report.stderr
        secrets = {secret.encode() for secret in server.webex.tokens.secrets} | {b"cs-of-somebody-else"}
        asked = server.journal.entries
        assert sum((entry.path, entry.status) == ("/v1/access_token", 200) for entry in asked) > 2, "tokens expired"
        assert len(secrets) > 6 and not server.journal.wrongly_authorised()
    said = runs.said + wrong.said + report.stdout + report.stderr
    assert found_in(said.encode(), secrets) == set()
    files = [path for home in (runs.home, wrong.home) for path in home.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".parquet", ".duckdb", ".sqlite", ".db", ".log", ".csv", ".json"}
    for path in files:
        inside = path.read_bytes() + unpacked(path).encode()
        assert found_in(inside, secrets) == set(), path


def test_the_search_finds_what_there_is() -> None:
    content = b"x\0ADA.Abbott.0@1a2b3c4d.example\0at-123\0"
    assert found_in(content, {b"at-123", b"at-124"}) == {b"ADA.Abbott.0@1a2b3c4d.example", b"at-123"}
    assert found_in(b"?hostEmail=ada%40x.example", set()) == {b"ada%40x.example"}
    assert found_in(rb'"ada\u0040x.example"', set()) == {rb"ada\u0040x.example"}
