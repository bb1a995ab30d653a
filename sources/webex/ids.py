"""Webex's ids: base64 of `ciscospark://<where>/<KIND>/<rest>`, of which the raw contract gets the bare UUID."""

import base64
import binascii
import re
from dataclasses import dataclass

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_BARE = re.compile(_UUID, re.IGNORECASE)
_SPELT = re.compile(r"ciscospark://[^/]+/([^/]+)/(.+)", re.DOTALL)
_LICENCE = re.compile(rf"({_UUID}):(.+?)_({_UUID})(?:_(.+))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class LicenceId:
    """What a licence's id says: whose line it is, the vendor's code of it, and the site, where it is for one."""

    organisation: str
    """A bare UUID."""
    code: str
    site: str | None = None


def decoded(text: object) -> str | None:
    """What an id spells after its kind; None where it is none."""
    if not isinstance(text, str):
        return None
    plain = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        spelt = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    found = _SPELT.fullmatch(spelt)
    return found[2] if found else None


def bare_uuid(text: object) -> str | None:
    """The bare lower-case UUID of an id, encoded or bare already; None where there is none.

    Of a rest with several parts, the last one is meant.
    """
    if isinstance(text, str) and _BARE.fullmatch(text.strip()):
        return text.strip().lower()
    rest = decoded(text)
    if rest is None:
        return None
    last = rest.rpartition("/")[2]
    return last.lower() if _BARE.fullmatch(last) else None


def licence_id(text: object) -> LicenceId | None:
    """What the id of a licence says; None where it names no code."""
    found = _LICENCE.fullmatch(decoded(text) or "")
    return LicenceId(found[1].lower(), found[2], found[4]) if found else None
