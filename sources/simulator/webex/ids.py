"""Webex's ids: base64 without padding of `ciscospark://us/<KIND>/<what is identified>`."""

from base64 import b64decode, b64encode
from hashlib import blake2b
from uuid import UUID

_PREFIX = "ciscospark://us/"


def encoded(kind: str, bare: str) -> str:
    """The id of something by its kind (ORGANIZATION, PEOPLE, LICENSE) and what names it there."""
    return b64encode(f"{_PREFIX}{kind}/{bare}".encode()).decode().rstrip("=")


def decoded(identity: str, kind: str) -> str | None:
    """What an id of this kind names; None where it is none."""
    try:
        text = b64decode(identity + "=" * (-len(identity) % 4), validate=True).decode()
    except ValueError:
        return None
    prefix = f"{_PREFIX}{kind}/"
    return text.removeprefix(prefix) if text.startswith(prefix) else None


def uuid_of(*parts: object) -> str:
    """The same UUID for the same parts, in lower case."""
    digest = blake2b("/".join(str(part) for part in parts).encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))
