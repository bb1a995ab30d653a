"""Where the dashboard reads and keeps things, from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from pipelines.hosts import host_names

PROJECT = Path(__file__).parent.parent
DEMO_HOME = PROJECT / "demo" / "home"
PUBLISHED_FILE = Path("serving") / "portfolio.duckdb"


class BiError(Exception):
    """What a user can put right, in one line."""


@dataclass(frozen=True)
class BiSettings:
    """What `make bi` was told."""

    home: Path
    """The home folder whose publication is shown (PORTFOLIO_HOME)."""
    dsn: str | None
    """A PostgreSQL that holds the marts instead (PORTFOLIO_BI_DSN)."""
    user: str
    """Superset's administrator (PORTFOLIO_BI_USER)."""
    password: str | None
    """The administrator's password (PORTFOLIO_BI_PASSWORD); generated at the first start where none is given."""
    port: int
    """Port on 127.0.0.1 (PORTFOLIO_BI_PORT)."""
    hosts: tuple[str, ...] = ()
    """Host names of a proxy before it (PORTFOLIO_BI_HOSTS)."""
    bind: str = "127.0.0.1"
    """Address that is listened on (PORTFOLIO_BI_BIND)."""

    @property
    def folder(self) -> Path:
        """What Superset keeps: its own database, secret key and log."""
        return self.home / "bi"

    @property
    def published(self) -> Path:
        """The published file."""
        return self.home / PUBLISHED_FILE

    def secret_key(self) -> str:
        """The key that signs sessions and encrypts stored passwords; made at the first start, readable by its owner."""
        path = self.folder / "secret.key"
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8")


def load_settings(environment: Mapping[str, str] = os.environ) -> BiSettings:
    """Read PORTFOLIO_HOME and PORTFOLIO_BI_*; an empty variable counts as unset."""
    given = {name: value for name, value in environment.items() if value}
    port = given.get("PORTFOLIO_BI_PORT", "8088")
    if not (port.isdecimal() and 0 < int(port) < 65536):
        raise BiError(f"PORTFOLIO_BI_PORT is {port!r}: give a port from 1 to 65535")
    try:
        hosts = host_names(given.get("PORTFOLIO_BI_HOSTS", ""))
    except ValueError as error:
        raise BiError(f"PORTFOLIO_BI_HOSTS is {given['PORTFOLIO_BI_HOSTS']!r}: {error}") from None
    bind = given.get("PORTFOLIO_BI_BIND", "127.0.0.1")
    try:
        IPv4Address(bind)
    except ValueError:
        raise BiError(f"PORTFOLIO_BI_BIND is {bind!r}: give an address such as 127.0.0.1 or 0.0.0.0") from None
    home = Path(given.get("PORTFOLIO_HOME", DEMO_HOME)).expanduser().resolve()
    if found := next((letter for letter in "?#%" if letter in str(home)), None):
        raise BiError(
            f"PORTFOLIO_HOME is {str(home)!r}: a {found} means something else in the addresses of Superset's files"
        )
    return BiSettings(
        home=home,
        dsn=given.get("PORTFOLIO_BI_DSN"),
        user=given.get("PORTFOLIO_BI_USER", "admin"),
        password=given.get("PORTFOLIO_BI_PASSWORD"),
        port=int(port),
        hosts=hosts,
        bind=bind,
    )
