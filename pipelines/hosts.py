"""Host names as settings and the headers of requests write them: each with a port, or without."""

import re

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?)\.?(?::([0-9]{1,5}))?")


def parse_authority(text: str) -> tuple[str, int | None] | None:
    """Host in lower case, without a last dot, and port of `host[:port]`; None where it is something else."""
    found = _AUTHORITY.fullmatch(text.lower())
    if found is None or int(found[3] or 1) not in range(1, 65536):
        return None
    return found[1], int(found[3]) if found[3] else None


def host_names(text: str) -> tuple[str, ...]:
    """The host names of a comma-separated setting, each with a port or without; ValueError where one is none."""
    names = tuple(name for name in map(str.strip, text.split(",")) if name)
    if any(parse_authority(name) is None for name in names):
        raise ValueError("must be host names, each with a port or without, such as portfolio.example.com,10.0.0.5:8443")
    return names
