"""Reading a DSN so strictly that no part of a password is taken for anything else, and then shown.

In a URI, libpq ends a password at the first `@` or `/` that is not escaped: the rest becomes host, port or database,
which its messages name. So a URI is read only where every part is what it can be.
"""

import re
from typing import Any

from storage.postgres.errors import PostgresError

_PLACE = r"(?:[\w.%~-]*|\[[\w.:%]+\])(?::\d*)?"
_URI = re.compile(
    rf"postgres(?:ql)?://(?:[^:@/]*(?::[^@/]*)?@)?{_PLACE}(?:,{_PLACE})*(?:/[^/@?#\s]*)?(?:\?[^@\s]*)?", re.DOTALL
)
_REMEDY = (
    "it is postgresql://user:password@host:5432/database with %-escapes in user and password:"
    " %40 for @, %2F for /, %3A for :, %3F for ?, %23 for #, %25 for %; or host=… user=… password='…' dbname=…"
)


def parameters_of(dsn: str, given_by: str = "PORTFOLIO_POSTGRES_DSN, or --dsn") -> dict[str, Any]:
    """The DSN's parts, by libpq's names.

    Args:
        given_by: the setting that it is the value of, for the message.

    Raises:
        PostgresError: it can't be read, or not in one way only. No part of it is in the message, libpq's neither.
    """
    import psycopg

    dsn = dsn.strip()
    given: dict[str, Any] | None
    try:
        given = psycopg.conninfo.conninfo_to_dict(dsn)
    except (psycopg.Error, UnicodeError, ValueError):
        given = None
    is_uri = dsn.lower().startswith(("postgres:", "postgresql:"))
    if given is None or (is_uri and not _URI.fullmatch(dsn)) or not _is_plausible(given):
        raise PostgresError(f"the PostgreSQL DSN cannot be read ({given_by}): {_REMEDY}")
    return given


def database_of(dsn: str) -> str:
    """Which database a DSN leads to, whoever connects: equal ones are the same. It may hold a secret."""
    try:
        given = parameters_of(dsn)
    except (ImportError, PostgresError):
        return dsn  # told when it is used
    place = given.get("host", given.get("hostaddr", ""))
    return f"{place}:{given.get('port', 5432)}/{given.get('dbname', given.get('user', ''))}"


def described(given: dict[str, Any]) -> str:
    """Whom the parts of a DSN connect as, and to what, as it may be shown."""
    host, port = given.get("host", given.get("hostaddr", "")), given.get("port", "")
    place = f"{host}:{port}" if port else host
    user = f"{given['user']}@" if "user" in given else ""
    return " ".join(f"PostgreSQL {user}{place}/{given.get('dbname', given.get('user', ''))}".split())


def without_secrets(text: str, given: dict[str, Any]) -> str:
    """A message with every secret of the DSN taken out."""
    for name in ("password", "sslpassword"):
        if secret := given.get(name):
            text = text.replace(str(secret), "…")
    return text


def _is_plausible(given: dict[str, Any]) -> bool:
    """Whether the parts are no parts of something else: a DSN within a DSN, or what a lost quote left over."""
    parts = [str(given.get(name, "")) for name in ("host", "hostaddr", "dbname", "user")]
    is_nested = any("://" in part for part in parts) or any("@" in part for part in parts[1:3])
    # A host that begins with @ is an abstract socket.
    return not is_nested and "@" not in parts[0][1:] and bool(re.fullmatch(r"[\d,]*", str(given.get("port", ""))))
