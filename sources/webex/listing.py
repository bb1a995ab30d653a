"""Listings in pages: each is followed to its end once, without what comes twice, and nothing gets lost on the way."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from sources.webex.client import Client
from sources.webex.errors import BrokenListingError, WebexError

_MOST_PAGES = 10_000
_MOST_BYTES = 4 << 30
"""Of all pages of a listing: one that names new pages without end is none."""
ATTEMPTS = 4
DOUBLED, UNFILTERED = "doubled items dropped", "next addresses that had lost what was asked for"
LED_ASTRAY = "pages that led astray, asked for again"


async def pages(
    client: Client,
    address: str,
    params: Mapping[str, str | int],
    *,
    kept: Collection[str],
    shape: Callable[[Any], bool],
    headers: Mapping[str, str] | None = None,
    calls: bool = False,
    attempts: int = ATTEMPTS,
) -> AsyncIterator[Any]:
    """The bodies of a listing's pages, each once; a page whose next address can't be followed is asked for again first.

    Args:
        kept: the parameters that every next address has to have as well; one that lost them gets them back.
        attempts: how often a page is asked for until its next address can be followed.

    Raises:
        BrokenListingError: a next address was there before, or is of a host that the token may not go to.
        WebexError: a page can't be had, or there is no end to them.
    """
    ask = partial(client.get, address, params, shape=shape, headers=headers, calls=True if calls else None)
    wanted = {name: str(params[name]) for name in kept if name in params}
    seen: set[str] = set()
    size = 0

    async def page() -> tuple[Any, str | None]:
        nonlocal size
        answer = await ask()
        size += answer.size
        if size > _MOST_BYTES:
            raise WebexError(f"it is larger than {_MOST_BYTES >> 30} GiB")
        seen.add(answer.address)
        return answer.body, _following(client, answer.next_page, wanted, seen)

    body: Any
    following: str | None = address
    while following is not None:
        body, following = await _retrying(client, attempts)(page)
        yield body
        if following is not None:
            seen.add(following)
            ask = partial(client.get, following, shape=shape, headers=headers, calls=False if calls else None)


def _retrying(client: Client, attempts: int) -> AsyncRetrying:
    def count(state: RetryCallState) -> None:
        client.counts[LED_ASTRAY] += 1

    return AsyncRetrying(
        stop=stop_after_attempt(min(attempts, client.options.attempts)),
        wait=wait_random_exponential(multiplier=0.2, max=10),
        retry=retry_if_exception_type(BrokenListingError),
        sleep=client.sleep,
        before_sleep=count,
        reraise=True,
    )


def items_of(body: Any) -> list[dict[str, Any]]:
    """The items of a page: an object's `items`, or an array."""
    found = body.get("items") if isinstance(body, dict) else body
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def has_items(body: Any) -> bool:
    """Whether a body is a page of items."""
    found = body.get("items") if isinstance(body, dict) else body
    return isinstance(found, list) and all(isinstance(item, dict) for item in found)


class Once:
    """Drops the items that came before, and counts them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen: set[str] = set()

    def is_new(self, key: str) -> bool:
        """Whether the key was not there yet."""
        if key in self._seen:
            self._client.counts[DOUBLED] += 1
            return False
        self._seen.add(key)
        return True


def _following(client: Client, address: str | None, wanted: Mapping[str, str], seen: Collection[str]) -> str | None:
    """The address to ask for the next page, or None where it was the last one."""
    if address is None:
        return None
    if not client.allows(address):
        raise BrokenListingError(f"its next page is on {client.host_of(address)}, where the token does not go")
    following = _with_filters(client, address, wanted)
    if following in seen:
        raise BrokenListingError("it names a next page that it had named before")
    if len(seen) >= _MOST_PAGES:
        raise BrokenListingError(f"it has more than {_MOST_PAGES} pages")
    return following


def _with_filters(client: Client, address: str, wanted: Mapping[str, str]) -> str:
    """The address with the parameters of the first request that it has to have."""
    parts = urlsplit(address)
    given = parse_qs(parts.query, keep_blank_values=True)
    lost = {name: value for name, value in wanted.items() if given.get(name) != [value]}
    if not lost:
        return address
    client.counts[UNFILTERED] += 1
    others = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in lost]
    return urlunsplit(parts._replace(query=urlencode([*others, *lost.items()])))
