"""What the dashboard's charts query: the published file, or a PostgreSQL with the same schemas."""

import re
from pathlib import Path
from typing import Any

from bi.settings import BiError, BiSettings

# Read-only, so that charts never keep a publication from being replaced. Without access to anything but the file: SQL
# that someone types into Superset can neither read this machine's files nor fetch extensions.
DUCKDB_ARGUMENTS = {
    "read_only": True,
    "config": {"enable_external_access": False, "autoinstall_known_extensions": False, "threads": 2},
}
# As storage/postgres/dsn.py reads a URI; the two know nothing of each other. Anything looser takes a part of a password
# with an unescaped @ or / for a host or a database, which messages name.
_PLACE = r"(?:[\w.%~-]*|\[[\w.:%]+\])(?::\d*)?"
_URI = re.compile(
    rf"postgres(?:ql)?://((?:[^:@/]*(?::[^@/]*)?@)?{_PLACE}(?:,{_PLACE})*(?:/[^/@?#\s]*)?(?:\?[^@\s]*)?)", re.DOTALL
)


def connected(database: dict[str, Any], settings: BiSettings) -> dict[str, Any]:
    """The database's YAML with this machine's connection in place of the one that is committed.

    Superset opens a connection for each query and closes it (NullPool), so that a new publication is seen at once.
    """
    if settings.dsn:
        return {**database, "sqlalchemy_uri": postgres_uri(settings.dsn)}
    if not settings.published.is_file():
        raise BiError(
            f"nothing is published in {settings.home}: run `make demo`, or set PORTFOLIO_HOME to a home folder"
            " with a publication"
        )
    extra = {**database.get("extra", {}), "engine_params": {"connect_args": DUCKDB_ARGUMENTS}}
    return {**database, "sqlalchemy_uri": duckdb_uri(settings.published), "extra": extra}


def duckdb_uri(path: Path) -> str:
    """SQLAlchemy's address of a DuckDB file; three slashes, then the absolute path."""
    return f"duckdb:///{path}"


def postgres_uri(dsn: str) -> str:
    """SQLAlchemy's address for a DSN like `postgresql://reader@host/marts`; the driver is psycopg2."""
    found = _URI.fullmatch(dsn.strip())
    # SQLAlchemy takes a percent sign that begins no escape for itself, libpq does not.
    if not found or re.search(r"%(?![0-9A-Fa-f]{2})", found[1]):
        raise BiError(
            "PORTFOLIO_BI_DSN cannot be read: give the form postgresql://user:password@host:5432/database, with"
            " %-escapes in user and password: %40 for @, %2F for /, %3A for :, %3F for ?, %23 for #, %25 for %"
        )
    return f"postgresql+psycopg2://{found[1]}"
