"""What was asked of the simulated Webex, and how: what tests hold a client's manners to."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sources.simulator.webex.faults import Kind
from sources.simulator.webex.webex import FOREIGN


@dataclass(slots=True)
class Entry:
    """A call. Times are of `time.monotonic`, in seconds."""

    host: str
    """`api`, a region, or `foreign`."""
    method: str
    path: str
    address: str
    """Path and parameters."""
    token: str
    """What the Authorization header held: none, current, expired, unknown. Never the token."""
    has_secret: bool
    """Whether a token or secret stands in its address."""
    agent: str
    is_authorised: bool
    """Whether it had an Authorization header."""
    started: float
    ended: float | None = None
    """When its answer was about to be sent, or its connection was closed."""
    status: int | None = None
    fault: Kind | None = None
    retry_after: str | None = None


class Journal:
    """Every call so far, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._open = 0
        self.most_at_once = 0
        """The most calls that were under way at one time."""

    @property
    def entries(self) -> list[Entry]:
        """A copy of them."""
        with self._lock:
            return list(self._entries)

    def begin(self, entry: Entry) -> None:
        """Note a call as it comes."""
        with self._lock:
            self._entries.append(entry)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def end(self, entry: Entry, when: float) -> None:
        """Note that a call is over, once."""
        with self._lock:
            if entry.ended is None:
                entry.ended = when
                self._open -= 1

    def clear(self) -> None:
        """Forget all calls that are over."""
        with self._lock:
            self._entries = [entry for entry in self._entries if entry.ended is None]
            self.most_at_once = self._open

    def waits(self, chosen: Callable[[Entry], bool]) -> list[float]:
        """Seconds from the end of each chosen call to the next call of the same address."""
        return [
            again.started - entry.ended for entry, again in self._pairs() if chosen(entry) and entry.ended is not None
        ]

    def too_soon(self) -> list[Entry]:
        """Calls that were asked for again before the time that their Retry-After named."""
        return [
            entry
            for entry, again in self._pairs()
            if entry.retry_after is not None
            and entry.retry_after.isdecimal()
            and entry.ended is not None
            and again.started - entry.ended < int(entry.retry_after)
        ]

    def wrongly_authorised(self) -> list[Entry]:
        """Calls that carried a token where none belongs, or with a secret in their address."""
        return [entry for entry in self.entries if entry.has_secret or (entry.host == FOREIGN and entry.is_authorised)]

    def faults(self) -> Counter[Kind]:
        """How often each kind happened."""
        return Counter(entry.fault for entry in self.entries if entry.fault is not None)

    def _pairs(self) -> Iterable[tuple[Entry, Entry]]:
        last: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            key = (entry.host, entry.address)
            if key in last:
                yield last[key], entry
            last[key] = entry
