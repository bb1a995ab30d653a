"""Requests and replies, before HTTP and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, on which host."""

    method: str
    base: str
    """Scheme, host and port that the caller used."""
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    form: Mapping[str, str]

    @property
    def address(self) -> str:
        """Path and query: what tells one call from another."""
        return address_of(self.path, self.query)

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number; 400 for any other text."""
        text = self.query.get(name, str(default))
        if not text.isdecimal():
            raise ProblemError(400, f"{name} is no number")
        return int(text)


@dataclass(slots=True)
class Page:
    """Where a reply is a page of a listing: what a fault on paging needs to know."""

    items: list[Any]
    """The list in the reply's body."""
    before: Any
    """The item before its first one; None on the first page."""
    here: str
    """Its own address, host included."""
    following: str | None
    """The next page's."""
    filters: Sequence[str]
    """Parameters of `following` without which it asks for something else."""
    cursor: Sequence[str]
    """Parameters that the first page's address lacks."""


@dataclass(slots=True)
class Reply:
    """An answer that is not yet spoilt."""

    body: Any
    """What is sent as JSON."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    page: Page | None = None


class ProblemError(Exception):
    """An answer other than 200, in the shape in which Webex words its errors."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})

    @property
    def reply(self) -> Reply:
        """The reply that says it."""
        body = {"message": self.message, "errors": [{"description": self.message}], "trackingId": "SIMULATED_0"}
        return Reply(body, self.status, self.headers)


def address_of(path: str, query: Mapping[str, str]) -> str:
    """A path with its parameters, as a link spells it."""
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


def paged(
    request: Request, body: Any, items: list[Any], before: Any, following: Mapping[str, str] | None, *filters: str
) -> Reply:
    """A page of a listing, and its Link header where there is a next one, given by what differs in its parameters."""
    address = None if following is None else request.base + address_of(request.path, {**request.query, **following})
    headers = {} if address is None else {"Link": f'<{address}>; rel="next"'}
    here, cursor = request.base + request.address, tuple(following or ())
    return Reply(body, headers=headers, page=Page(items, before, here, address, filters, cursor))


def offset_of(cursor: str) -> int:
    """Where in a listing a page begins, by what the link to it carries; 400 where that is nothing of ours."""
    if not cursor.startswith("after-") or not cursor.removeprefix("after-").isdecimal():
        raise ProblemError(400, "the page token is not valid")
    return int(cursor.removeprefix("after-"))
