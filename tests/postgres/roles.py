"""Login roles of the leak tests, and what a role gets to see of a statement: rows, COPY, notices, errors, plans."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from storage.postgres.bindings import grant, grant_all
from storage.postgres.connection import connect

from .publications import customer_of, owner_of, sub_partner_of
from .servers import as_role

BOUND, NARROW, OWNED, RESOLD, UNBOUND, STRANGER, EVERYONE, OTHER = (
    "leak_bound",
    "leak_narrow",
    "leak_owned",
    "leak_resold",
    "leak_unbound",
    "leak_stranger",
    "leak_everyone",
    "leak_other",
)
"""Bound to `ours`; to its first customer; to that one's owner; to that one's sub-partner; a reader without binding; no
reader at all; sees all; bound to `theirs`."""
ROLES = (BOUND, NARROW, OWNED, RESOLD, UNBOUND, STRANGER, EVERYONE, OTHER)
CONFINED = (BOUND, NARROW, OWNED, RESOLD, UNBOUND, STRANGER)
"""Those who must see nothing of `theirs`."""


def bind_roles(server: str, dsn: str, to_accounts: bool = True) -> None:
    """Make the roles, where the server has not got them, and bind them in a database; of the version before, to
    partners and customers alone."""
    with psycopg.connect(server, autocommit=True) as admin:
        for role in ROLES:
            if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                admin.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        admin.execute(f"grant portfolio_reader to {UNBOUND}")
    with connect(dsn) as connection:
        grant(connection, BOUND, ["ours"], [])
        grant(connection, NARROW, ["ours"], [customer_of("ours", 0)])
        if to_accounts:
            grant(connection, OWNED, ["ours"], owners=[owner_of("ours", 0)])
            grant(connection, RESOLD, ["ours"], sub_partners=[sub_partner_of("ours", 0)])
        grant(connection, OTHER, ["theirs"], [])
        grant_all(connection, EVERYONE)


@contextmanager
def session(dsn: str, role: str) -> "Iterator[Session]":
    """A session of a role; what it does is undone."""
    with psycopg.connect(as_role(dsn, role)) as connection:
        try:
            yield Session(connection)
        finally:
            connection.rollback()


NOT_OF_VIEWS = (
    psycopg.errors.ObjectNotInPrerequisiteState,
    psycopg.errors.WrongObjectType,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.UndefinedObject,
)
"""What PostgreSQL says of statements that no view takes."""


class Session:
    """What one role does and is told."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._connection = connection
        self.told: list[str] = []
        connection.add_notice_handler(lambda notice: self.told.append(notice.message_primary or ""))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        cursor = self._connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []

    def told_by(self, statement: str) -> str:
        """All that a statement tells: rows, notices, the text of COPY, and the whole text of an error."""
        self.told.clear()
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                if statement.startswith("copy"):
                    with cursor.copy(statement) as copy:
                        self.told += [bytes(block).decode() for block in copy]
                else:
                    self.told += map(repr, self.rows(statement))
        except psycopg.Error as error:
            self.told += [str(error), repr(error.diag.message_detail), repr(error.diag.context)]
        return "\n".join(self.told)

    def is_refused(self, statement: str, *errors: type[psycopg.Error]) -> bool:
        """Whether the right to run a statement is missing, or it fails with another of some errors."""
        try:
            with self._connection.transaction():
                self._connection.execute(statement)  # type: ignore[call-overload]
        except (psycopg.errors.InsufficientPrivilege, *errors):
            return True
        return False
