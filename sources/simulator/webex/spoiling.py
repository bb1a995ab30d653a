"""What a fault makes of an answer: bytes, headers, and how the connection ends."""

import json
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.faults import Fault, Kind, items_of, needless
from sources.simulator.webex.messages import JSON, Page, ProblemError, Reply, Request, address_of

UNREADABLE_RETRY_AFTER = ("rand(30),add(30)", "soon", "-5", "")
"""The first one was seen."""
_HTML = b"<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"
_SERVER_ERRORS = (500, 502, 503, 504)
_REDIRECTS = (302, 307, 308)
_STATUSES = {
    Kind.TOO_MANY: 429,
    Kind.TOO_MANY_WITHOUT: 429,
    Kind.TOO_MANY_UNREADABLE: 429,
    Kind.LOCKED: 423,
    Kind.LOCKED_WITHOUT: 423,
    Kind.LOCKED_UNREADABLE: 423,
    Kind.UNAUTHORIZED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
}
_WITH_RETRY_AFTER = {Kind.TOO_MANY, Kind.LOCKED}
_WITH_UNREADABLE = {Kind.TOO_MANY_UNREADABLE, Kind.LOCKED_UNREADABLE}


class Ending(Enum):
    """How a connection goes on."""

    WHOLE = "the answer is sent"
    CLOSED = "closed before the answer"
    HALF = "closed after half of it"
    SILENT = "nothing is sent"
    DRIPPING = "sent a byte at a time"


_ENDINGS = {
    Kind.DROPPED: Ending.CLOSED,
    Kind.DROPPED_INSIDE: Ending.HALF,
    Kind.SILENT: Ending.SILENT,
    Kind.DRIPPING: Ending.DRIPPING,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes out."""

    status: int
    headers: dict[str, str]
    body: bytes
    ending: Ending = Ending.WHOLE


def plain(reply: Reply) -> Sent:
    """An answer as it should be."""
    if isinstance(reply.body, str):
        return Sent(reply.status, {"Content-Type": "text/plain;charset=UTF-8", **reply.headers}, reply.body.encode())
    return Sent(reply.status, {"Content-Type": JSON, **reply.headers}, _json(reply.body))


def spoilt(reply: Reply, fault: Fault, request: Request, foreign: str, behaviour: Behaviour) -> Sent:
    """An answer with a fault. `foreign` is the address of a host that is not Webex's."""
    kind, address = fault.kind, request.address
    if fault.edit is not None:
        reply = Reply(deepcopy(reply.body), reply.status, reply.headers, reply.page)
        fault.edit(reply.body)
    if kind is None:
        return plain(reply)
    if kind in _STATUSES or kind is Kind.SERVER_ERROR:
        status = _STATUSES.get(kind) or _SERVER_ERRORS[fault.draw % len(_SERVER_ERRORS)]
        return plain(ProblemError(status, f"Simulated: {kind.value}", _retry_after(fault, behaviour)).reply)
    if kind in _ENDINGS:
        whole = plain(reply)
        return Sent(whole.status, whole.headers, whole.body, _ENDINGS[kind])
    if kind is Kind.TRUNCATED:
        whole = plain(reply)
        return Sent(whole.status, whole.headers, whole.body[: len(whole.body) * 2 // 3])
    if kind is Kind.HTML:
        return Sent(200, {"Content-Type": "text/html"}, _HTML)
    if kind is Kind.WRONG_TYPE:
        return Sent(reply.status, {**reply.headers, "Content-Type": "text/html"}, _json(reply.body))
    if kind is Kind.REDIRECT_ELSEWHERE:
        return Sent(_REDIRECTS[fault.draw % len(_REDIRECTS)], {"Location": foreign + address}, b"")
    return plain(_changed(reply, kind, fault, request, foreign))


def _changed(reply: Reply, kind: Kind, fault: Fault, request: Request, foreign: str) -> Reply:
    """The answer with another list, other links or other fields."""
    body, page = deepcopy(reply.body), reply.page
    changed = Reply(body, reply.status, dict(reply.headers), page)
    if page is not None and kind in _LINKS:
        link = _LINKS[kind](page, request, foreign, fault.draw)
        changed.headers["Link"] = link
    listed: Any = body.get("users", body.get("items", [])) if isinstance(body, dict) else []
    if kind is Kind.EMPTY_PAGE:
        listed.clear()
    elif kind is Kind.HOLDER_MISSING:
        listed.pop()
    elif kind is Kind.DOUBLED and page is not None:
        listed.insert(0, page.before)
    elif kind is Kind.NULL_COUNTS:
        for item in items_of(changed):
            item.update({name: None for name in ("totalUnits", "consumedUnits") if name in item})
    elif kind in (Kind.NULL_FIELDS, Kind.LEFT_OUT):
        for item in items_of(changed):
            for name in needless(item):
                if kind is Kind.LEFT_OUT:
                    del item[name]
                else:
                    item[name] = None
    return changed


def _repeats(page: Page, request: Request, foreign: str, draw: int) -> str:
    """This page, or the first one of the listing."""
    first = {name: value for name, value in request.query.items() if name not in page.cursor}
    return _link(page.here if draw % 2 else request.base + address_of(request.path, first))


def _unfiltered(page: Page, request: Request, foreign: str, draw: int) -> str:
    parts = urlsplit(str(page.following))
    kept = {name: value for name, value in parse_qsl(parts.query) if name not in page.filters}
    return _link(request.base + address_of(parts.path, kept))


def _elsewhere(page: Page, request: Request, foreign: str, draw: int) -> str:
    return _link(foreign + str(page.following).removeprefix(request.base))


def _first_and_prev(page: Page, request: Request, foreign: str, draw: int) -> str:
    links = [_link(page.here, "first"), _link(page.here, "prev")]
    return ", ".join(links if page.following is None else [*links, _link(page.following)])


def _emptied(page: Page, request: Request, foreign: str, draw: int) -> str:
    """The page after an empty one is the one whose place it took, under another address."""
    again = {**request.query, "again": str(int(request.query.get("again", "0")) + 1)}
    return _link(request.base + address_of(request.path, again))


_LINKS = {
    Kind.NEXT_REPEATS: _repeats,
    Kind.NEXT_UNFILTERED: _unfiltered,
    Kind.NEXT_ELSEWHERE: _elsewhere,
    Kind.FIRST_AND_PREV: _first_and_prev,
    Kind.EMPTY_PAGE: _emptied,
}


def _link(address: str, relation: str = "next") -> str:
    return f'<{address}>; rel="{relation}"'


def _retry_after(fault: Fault, behaviour: Behaviour) -> dict[str, str]:
    if fault.kind in _WITH_UNREADABLE:
        return {"Retry-After": UNREADABLE_RETRY_AFTER[fault.draw % len(UNREADABLE_RETRY_AFTER)]}
    return {"Retry-After": str(behaviour.retry_after)} if fault.kind in _WITH_RETRY_AFTER else {}


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
