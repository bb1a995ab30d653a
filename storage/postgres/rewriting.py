"""Erasure: the files of tables written anew, since PostgreSQL leaves the bytes of deleted rows where they were.

What is to be rewritten is noted before rows are deleted. So a run that was killed, or that readers kept waiting for too
long, is made good by the next publication.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from storage.postgres.errors import UnfinishedErasureError
from storage.postgres.fence import HELD, quoted
from storage.postgres.locks import holders, named, sessions
from storage.postgres.versions import refuse_newer

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

_LOCK_TIMEOUT = "3s"
PATIENCE_SECONDS = 30
"""How long readers are waited for, one table after another."""
_TRANSACTIONS = "select virtualtransaction, pid from pg_locks where locktype = 'virtualxid' and granted"


def note_erasure(connection: "Connection", customers: Sequence[str], partner: str | None) -> bool:
    """Note that rows of customers are about to go, from every table; bindings to the customers go at once.

    Whether it is noted: a database of the version before has no place for it until something is published to it.

    Args:
        customers: ids; none where whatever is deleted shall leave no bytes.
        partner: whose customers they are; None: of any partner.
    """
    refuse_newer(connection)
    if connection.execute("select to_regclass('access.rewrites')").fetchone() == (None,):
        return False
    with connection.transaction():
        connection.execute(
            "delete from access.bindings where customer_id = any(%s) and coalesce(partner_id = %s, true)",
            [list(customers), partner],
        )
        connection.execute(
            "insert into access.rewrites"
            " select nspname, relname from pg_class join pg_namespace as n on n.oid = relnamespace"
            " where nspname = any(%s) and relkind = 'r' and pg_has_role(relowner, 'usage')"
            " or nspname = 'access' and relname in ('bindings', 'days') on conflict do nothing",
            [list(HELD.values())],
        )
    return True


def rewrite_what_was_erased(connection: "Connection", note: Callable[[str], None]) -> None:
    """Write the tables anew of which rows were erased, indexes and long values with them; nothing where none were.

    Raises:
        UnfinishedErasureError: readers kept a table, or a transaction from before, open for too long. The rows are
            deleted and nobody is shown them; what is left in files goes with the next publication.
    """
    from psycopg.errors import LockNotAvailable

    pending = connection.execute(
        "select table_schema, table_name from access.rewrites"
        " where to_regclass(format('%I.%I', table_schema, table_name)) is not null order by 1, 2"
    ).fetchall()
    if not pending:
        return
    until = time.monotonic() + PATIENCE_SECONDS
    _outlast_transactions(connection, until, note)
    connection.execute(f"set lock_timeout = '{_LOCK_TIMEOUT}'")
    for schema, name in pending:
        while True:
            try:
                connection.execute(f"vacuum full {schema}.{quoted(name)}")
                break
            except LockNotAvailable:
                who = named(holders(connection))
                if time.monotonic() > until:
                    raise _unfinished(f"a reader keeps {schema}.{name} open{who}") from None
                note(f"{schema}.{name} is to be written anew; waiting until no reader has it open{who}")
        connection.execute("delete from access.rewrites where table_schema = %s and table_name = %s", [schema, name])
    connection.execute("reset lock_timeout")


def _outlast_transactions(connection: "Connection", until: float, note: Callable[[str], None]) -> None:
    """Wait for transactions that began before: for those PostgreSQL would carry deleted rows over."""
    before = _open_transactions(connection)
    is_noted = False
    while still := before & _open_transactions(connection):
        who = named(sessions(connection, [pid for _, pid in still]))
        if time.monotonic() > until:
            raise _unfinished(f"a transaction from before is open{who}")
        if not is_noted:
            note(f"tables are to be written anew; waiting for transactions from before{who}")
            is_noted = True
        time.sleep(0.1)


def _open_transactions(connection: "Connection") -> set[tuple[str, int]]:
    found = connection.execute(
        f"select virtualtransaction, pid from ({_TRANSACTIONS}) as open join pg_stat_activity using (pid)"
        " where datname = current_database() and usename is not null and pid <> pg_backend_pid()"
    )
    return {(transaction, pid) for transaction, pid in found.fetchall()}


def _unfinished(why: str) -> UnfinishedErasureError:
    return UnfinishedErasureError(f"erased rows are deleted, but bytes of them are still in files, since {why}: end it")
