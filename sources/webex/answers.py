"""What an answer of Webex says: its JSON, where it leads, and what it means when it is no success."""

import json
import math
import re
from typing import Any
from urllib.parse import urljoin

import httpx

from sources.webex.errors import AgainError, WebexError, WrongRegionError
from sources.webex.hosts import address_of, origin

_LONGEST_WAIT = 900.0
"""Seconds: who asks to wait longer is asked again by a later run."""
_NUMBER = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]+)?)\s*")
_ADDRESS = re.compile(r"""https?://[^\s"'<>\\,;]+""", re.IGNORECASE)
_REGION = re.compile(r"\b(analytics[a-z0-9-]*\.[a-z0-9.-]*[a-z])", re.IGNORECASE)
_HALF_A_LETTER = rb"\ud"


def json_of(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        AgainError: it is none, or not whole.
    """
    try:
        found = json.loads(body)
        return _writable(found) if _HALF_A_LETTER in body.lower() else found
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise AgainError("an answer that is no whole JSON") from None


def _writable(found: Any) -> Any:
    """JSON whose texts can be written: halves of UTF-16 letters, which have no UTF-8, are replaced."""
    if isinstance(found, str):
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(found, list):
        return [_writable(item) for item in found]
    if isinstance(found, dict):
        return {_writable(name): _writable(value) for name, value in found.items()}
    return found


def asked_later(response: httpx.Response) -> AgainError:
    """What a refusal for now means: another attempt, when Webex says; its time is heeded of 423 and 429.

    Raises:
        WebexError: it asks to wait for so long that a later run does.
    """
    status = response.status_code
    after = _retry_after(response) if status in (423, 429) else None
    if after is not None and after > _LONGEST_WAIT:
        raise WebexError(f"Webex asks to wait {after:.0f} s ({status}); run again then")
    return AgainError(f"Webex answers {status}", after)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; None where there are none or they can't be read."""
    found = _NUMBER.fullmatch(response.headers.get("retry-after", ""))
    return math.ceil(float(found[1])) if found else None


def next_page(response: httpx.Response, url: str) -> str | None:
    """The address of `rel="next"`, whatever else the header names; it may be none that can be followed."""
    for link in response.links.values():
        if "next" in str(link.get("rel", "")).lower().split() and link.get("url"):
            try:
                return urljoin(url, link["url"])
            except ValueError:
                return str(link["url"])
    return None


def joined(url: str, named: str | None) -> str:
    """The address that a header names, seen from another one.

    Raises:
        AgainError: it names none.
    """
    try:
        found = urljoin(url, named or "")
        httpx.URL(found)
    except (ValueError, httpx.InvalidURL):
        found = ""
    if not named or not found:
        raise AgainError("it leads to an address that is none")
    return found


def wrong_region(response: httpx.Response, body: bytes) -> WrongRegionError:
    """Where else to ask, as far as header or body say so; in which shape they do is not documented."""
    texts = [response.headers.get("location", ""), body[:4096].decode("utf-8", "replace")]
    named = [found for text in texts for found in _ADDRESS.findall(text)]
    named += [f"https://{host}" for text in texts for host in _REGION.findall(text)]
    asked = origin(str(response.request.url))
    other = next((found for found in map(origin, named) if found not in (None, asked)), None)
    if other is None:
        return WrongRegionError("another region has them (451), and Webex does not say which", None)
    base = f"{address_of(other)}/v1"
    return WrongRegionError(f"another region has them (451), at {base}", base)
