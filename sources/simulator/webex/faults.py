"""Which calls go wrong, and how: by rate and seed, and by script."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import Any

from sources.simulator.webex.messages import Reply, Request


class Kind(Enum):
    """A way in which a call goes wrong."""

    TOO_MANY = "429 with Retry-After"
    TOO_MANY_WITHOUT = "429 without Retry-After"
    TOO_MANY_UNREADABLE = "429 with a Retry-After that is no number"
    LOCKED = "423 with Retry-After"
    LOCKED_WITHOUT = "423 without Retry-After"
    LOCKED_UNREADABLE = "423 with a Retry-After that is no number"
    SERVER_ERROR = "5xx"
    DROPPED = "connection closed before the answer"
    DROPPED_INSIDE = "connection closed inside the body"
    SILENT = "no answer"
    DRIPPING = "an answer a byte at a time"
    TRUNCATED = "JSON that ends too early"
    HTML = "HTML in place of JSON"
    WRONG_TYPE = "JSON that says it is HTML"
    REDIRECT_ELSEWHERE = "redirect to another host"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    NEXT_REPEATS = "a next page that was there before"
    NEXT_UNFILTERED = "a next page without what was asked for"
    NEXT_ELSEWHERE = "a next page on another host"
    FIRST_AND_PREV = "first and prev beside next"
    DOUBLED = "an item of the page before again"
    EMPTY_PAGE = "an empty page with a next one"
    HOLDER_MISSING = "a holder less than are counted"
    NULL_FIELDS = "null in fields that nobody needs"
    LEFT_OUT = "fields left out that nobody needs"
    NULL_COUNTS = "null in a line's counts"


SCRIPTED_ONLY = {Kind.DRIPPING, Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.NULL_COUNTS}
"""What asking again does not always put right."""
TRANSIENT = tuple(kind for kind in Kind if kind not in SCRIPTED_ONLY)
_OF_PAGES = {Kind.FIRST_AND_PREV, Kind.DOUBLED, Kind.EMPTY_PAGE}
_OF_LINKS = {Kind.NEXT_REPEATS, Kind.NEXT_UNFILTERED, Kind.NEXT_ELSEWHERE}
_OF_FIELDS = {Kind.NULL_FIELDS, Kind.LEFT_OUT}

NEEDLESS = {
    *("consumedByWorkspaces", "siteType", "meetingTitle", "totalPeopleMinutes", "trackingCodes", "clientAgent"),
    *("orgName", "description", "Model", "Called number", "Location"),
}
"""Fields that say nothing of what the raw contract holds; of a holder, the name is one as well."""


@dataclass(frozen=True)
class Scripted:
    """A fault of chosen calls."""

    where: str | Callable[[Request], bool]
    """What a call's path and parameters hold, or what says yes to it."""
    kind: Kind | None = None
    calls: Collection[int] | None = None
    """Which of the calls that it fits and that can go wrong in this way, from 1 on; all of them when None."""
    edit: Callable[[Any], None] | None = None
    """Changes the body of an answer that is otherwise as it should be."""

    def fits(self, request: Request) -> bool:
        """Whether it is about this call."""
        return self.where in request.address if isinstance(self.where, str) else self.where(request)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one answer; `draw` decides what its kind leaves open."""

    kind: Kind | None
    draw: int
    edit: Callable[[Any], None] | None = None


@dataclass
class Faults:
    """Decides for each call. What is drawn depends on the call and on how often it came, not on other calls."""

    rate: float = 0.0
    """Share of all calls that go wrong."""
    seed: int = 0
    kinds: Iterable[Kind] = TRANSIENT
    script: list[Scripted] = field(default_factory=list)
    """Goes before the draw; the first that fits counts, and each counts its calls."""
    _asked: Counter[object] = field(default_factory=Counter, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of(self, request: Request, reply: Reply) -> Fault | None:
        """What goes wrong with this call, if anything does; called once a call."""
        with self._lock:
            self._asked[request.address] += 1
            nth = self._asked[request.address]
            scripted = self._scripted(request, reply)
        draw = _draw(self.seed, request.address, nth)
        if scripted is not None:
            return Fault(scripted.kind, draw, scripted.edit)
        if draw % 1_000_000 >= self.rate * 1_000_000:
            return None
        fitting = [kind for kind in self.kinds if applies(kind, reply)]
        kind = fitting[draw // 1_000_000 % len(fitting)] if fitting else None
        if kind is Kind.HOLDER_MISSING and not self._is_first(kind, request.path):
            kind = None  # who reads a listing once more is to find all of them
        return Fault(kind, draw // 1_000_000_000) if kind is not None else None

    def _is_first(self, kind: Kind, path: str) -> bool:
        with self._lock:
            self._asked[kind, path] += 1
            return self._asked[kind, path] == 1

    def _scripted(self, request: Request, reply: Reply) -> Scripted | None:
        found = None
        for number, scripted in enumerate(self.script):
            if scripted.fits(request) and (scripted.kind is None or applies(scripted.kind, reply)):
                self._asked[number] += 1
                if found is None and (scripted.calls is None or self._asked[number] in scripted.calls):
                    found = scripted
        return found


def applies(kind: Kind, reply: Reply) -> bool:
    """Whether an answer can go wrong in this way."""
    page = reply.page
    if kind in _OF_LINKS:
        return page is not None and page.following is not None
    if kind is Kind.DOUBLED:
        return page is not None and page.before is not None
    if kind is Kind.HOLDER_MISSING:
        return page is not None and bool(page.items) and "users" in reply.body
    if kind in _OF_PAGES:
        return page is not None and bool(page.items)
    if kind in _OF_FIELDS:
        return any(needless(item) for item in items_of(reply))
    return True


def items_of(reply: Reply) -> list[dict[str, Any]]:
    """The objects that an answer lists, or the one that it is."""
    body = reply.body
    listed = body.get("users", body.get("items", [body])) if isinstance(body, dict) else body
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def needless(item: dict[str, Any]) -> list[str]:
    """The fields of an object that a connector can do without."""
    return [name for name in item if name in NEEDLESS or (name == "displayName" and "email" in item)]


def _draw(*parts: object) -> int:
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=16).digest())
