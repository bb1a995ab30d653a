"""Which addresses the token may go to: those that the settings name, and no other."""

from collections.abc import Iterable
from urllib.parse import urlsplit

_PORTS = {"https": 443, "http": 80}
Origin = tuple[str, str, int]


def origin(address: str) -> Origin | None:
    """Scheme, host and port of an address; None where it is none of the web's."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port or _PORTS[parts.scheme]


def address_of(where: Origin) -> str:
    """The address of a scheme, host and port, without a path."""
    scheme, host, port = where
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port == _PORTS[scheme] else f":{port}")


class Hosts:
    """The hosts that are named: those of the bases, with their scheme and port, and further ones.

    A further host is asked by https; by http only where the API itself is, as a server for tests.
    """

    def __init__(self, bases: Iterable[str], extra: Iterable[str]) -> None:
        self._named = {found for base in bases if (found := origin(base)) is not None}
        schemes = {"https"} | {scheme for scheme, _, _ in self._named}
        for host in extra:
            for scheme in schemes:
                if (found := origin(f"{scheme}://{host.lower()}")) is not None:
                    self._named.add(found)

    def allow(self, address: str) -> bool:
        """Whether the token may go there."""
        return origin(address) in self._named


def host_of(address: str) -> str:
    """The host of an address, for messages: nothing else of it."""
    found = origin(address)
    return found[1] if found is not None else "an address that is none"


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's."""
    host = host_of(address)
    return host in ("localhost", "::1") or host.startswith("127.")
