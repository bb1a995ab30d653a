"""Waiting for others, with a limit, and saying who they are: other publications, and readers that keep tables open."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.postgres.errors import PostgresError

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

TURN = "access.turn"
"""The table that is locked by whoever publishes. An advisory lock would not do: any role may take any of those."""
TURN_TIMEOUT_SECONDS = 600
"""How long another publication is waited for."""
_LOCK_TRIES = 10
_MOST_NAMED = 3
_OURS = "('access', 'marts', 'marts_latest', 'meta', 'marts_held', 'meta_held')"


def take_turn(connection: "Connection", note: Callable[[str], None]) -> None:
    """Be the one that publishes, until the transaction ends, which it also does when the process is killed.

    Raises:
        PostgresError: somebody else has been publishing for too long.
    """
    from psycopg.errors import LockNotAvailable

    taken = f"lock table {TURN} in exclusive mode"
    try:
        with connection.transaction():
            connection.execute(f"{taken} nowait")
        return
    except LockNotAvailable:
        note("another publication is being applied to PostgreSQL; waiting for it")
    with limited(connection, f"{TURN_TIMEOUT_SECONDS}s"):
        try:
            with connection.transaction():
                connection.execute(taken)
        except LockNotAvailable:
            who = named(_turn_holders(connection))
            message = f"another publication keeps PostgreSQL busy{who} for {TURN_TIMEOUT_SECONDS} s"
            raise PostgresError(f"{message}: wait for it or end it, and run again") from None


def patiently(connection: "Connection", change: Callable[[], None], timeout: str, note: Callable[[str], None]) -> None:
    """Change tables in one transaction, which readers of them are in the way of; given up, and tried again, some times.

    Args:
        timeout: how long a lock is waited for at a time, as PostgreSQL writes it.

    Raises:
        PostgresError: readers kept the tables open; they are named.
    """
    from psycopg.errors import DuplicateObject, DuplicateTable, LockNotAvailable, UniqueViolation

    for attempt in range(1, _LOCK_TRIES + 1):
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{timeout}'")
                change()
            return
        except LockNotAvailable:
            who = named(holders(connection))
            if attempt == _LOCK_TRIES:
                message = f"tables have to be changed and a reader keeps one of them open{who}: end its transaction"
                raise PostgresError(f"{message}, and run again") from None
            note("tables have to be changed; waiting until no reader has them open")
            time.sleep(min(2**attempt / 10, 5))
        except (DuplicateObject, DuplicateTable, UniqueViolation):
            # Another publication, the first as well, made the same at the same moment.
            if attempt == _LOCK_TRIES:
                raise


@contextmanager
def limited(connection: "Connection", timeout: str) -> Iterator[None]:
    """Another limit for locks, within a transaction."""
    row = connection.execute("select current_setting('lock_timeout')").fetchone()
    assert row is not None  # noqa: S101  a select without a table has one row
    connection.execute("select set_config('lock_timeout', %s, true)", [timeout])
    yield
    connection.execute("select set_config('lock_timeout', %s, true)", [row[0]])


def holders(connection: "Connection") -> list[str]:
    """Who else has a table or view of ours open."""
    found = connection.execute(
        "select distinct pid from pg_locks join pg_class on pg_class.oid = relation"
        f" where granted and relnamespace::regnamespace::text in {_OURS}"
        " and database = (select oid from pg_database where datname = current_database())"
    ).fetchall()
    return sessions(connection, [pid for (pid,) in found])


def sessions(connection: "Connection", pids: Sequence[int]) -> list[str]:
    """Processes of others, each with the role that it is logged in as."""
    found = connection.execute(
        "select pid, usename from pg_stat_activity"
        " where pid = any(%s) and pid <> pg_backend_pid() and usename is not null order by pid",
        [list(pids)],
    ).fetchall()
    return [f"process {pid} of role {role}" for pid, role in found]


def named(those: Sequence[str]) -> str:
    """The sessions in brackets, to be put behind what is said of them; how many more there are, where they are many."""
    if not those:
        return ""
    more = len(those) - _MOST_NAMED
    return f" ({', '.join(those[:_MOST_NAMED])}{f', and {more} more' if more > 0 else ''})"


def _turn_holders(connection: "Connection") -> list[str]:
    found = connection.execute(
        f"select pid from pg_locks where granted and relation = '{TURN}'::regclass and mode = 'ExclusiveLock'"
    ).fetchall()
    return sessions(connection, [pid for (pid,) in found])
