"""Bindings: which login role sees which partners, whole or with some of their customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.postgres.access import READER, READER_OF_ALL
from storage.postgres.errors import PostgresError
from storage.postgres.fence import quoted

if TYPE_CHECKING:
    from storage.postgres.connection import Connection


@dataclass(frozen=True)
class Binding:
    """A role and a partner that it sees; a customer narrows it to that one. No partner: every partner's rows."""

    role: str
    partner_id: str | None
    customer_id: str | None


def grant(connection: "Connection", role: str, partners: Sequence[str], customers: Sequence[str]) -> None:
    """Let a role see partners as a whole or, with `customers` (of one partner then), these customers alone.

    Raises:
        PostgresError: the role does not exist, no policy would hold for it, or it sees the whole partner already.
    """
    _refuse_unbound_by_policies(connection, role)
    with connection.transaction():
        whole = connection.execute(
            "select partner_id from access.bindings where role = %s::regrole and customer_id is null", [quoted(role)]
        ).fetchall()
        if customers and (partners[0],) in whole:
            raise PostgresError(f"{role} sees all of {partners[0]}: revoke that first, to narrow it to customers")
        connection.execute(f"grant {READER} to {quoted(role)}")
        narrowed: Sequence[str | None] = customers or [None]
        for partner in partners:
            if not customers:
                connection.execute(
                    "delete from access.bindings where role = %s::regrole and partner_id = %s", [quoted(role), partner]
                )
            for customer in narrowed:
                connection.execute(
                    "insert into access.bindings values (%s::regrole, %s, %s) on conflict do nothing",
                    [quoted(role), partner, customer],
                )


def grant_all(connection: "Connection", role: str) -> None:
    """Let a role see every partner's rows, and the tables that name no partner.

    Raises:
        PostgresError: the role does not exist, or no policy would hold for it.
    """
    _refuse_unbound_by_policies(connection, role)
    connection.execute(f"grant {READER_OF_ALL} to {quoted(role)}")


def revoke(connection: "Connection", role: str, partners: Sequence[str], customers: Sequence[str]) -> int:
    """Take bindings away: those of some customers, of some partners, or all that the role has; how many there were.

    Raises:
        PostgresError: the role does not exist.
    """
    _refuse_unknown(connection, role)
    with connection.transaction():
        gone = connection.execute(
            "delete from access.bindings where role = %(role)s::regrole"
            " and (partner_id = any(%(partners)s) or %(every_partner)s)"
            " and (customer_id = any(%(customers)s) or %(every_customer)s)",
            {
                "role": quoted(role),
                "partners": list(partners),
                "every_partner": not partners,
                "customers": list(customers),
                "every_customer": not customers,
            },
        ).rowcount
        held = {binding.partner_id for binding in bindings(connection) if binding.role == role}
        if not partners and not customers and None in held:
            connection.execute(f"revoke {READER_OF_ALL} from {quoted(role)}")
            gone += 1
        if not held - {None}:
            connection.execute(f"revoke {READER} from {quoted(role)}")
    return gone


def bindings(connection: "Connection") -> list[Binding]:
    """Every binding, by role, partner and customer; those of dropped roles are left out."""
    rows = connection.execute(
        "select rolname::text, partner_id, customer_id from access.bindings join pg_roles on pg_roles.oid = role::oid"
        " union select reader.rolname::text, null, null from pg_auth_members"
        " join pg_roles as reader on reader.oid = member join pg_roles as held on held.oid = roleid"
        # Who may grant a role is noted as a member of it: whoever made it, for one.
        " where held.rolname = %s and not admin_option order by 1, 2 nulls first, 3 nulls first",
        [READER_OF_ALL],
    ).fetchall()
    return [Binding(*row) for row in rows]


def require_set_up(connection: "Connection") -> None:
    """Refuse a database without bindings.

    Raises:
        PostgresError: nothing was ever published to it.
    """
    if connection.execute("select to_regclass('access.bindings')").fetchone() == (None,):
        raise PostgresError("nothing is published to this database yet: run `portfolio publish postgres` first")


def _refuse_unknown(connection: "Connection", role: str) -> None:
    if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        raise PostgresError(f"role {role} does not exist: have an administrator run `create role {quoted(role)} login`")


def _refuse_unbound_by_policies(connection: "Connection", role: str) -> None:
    """Refuse roles that policies don't hold for: a binding would only look as if it narrowed what they see."""
    _refuse_unknown(connection, role)
    found = connection.execute(
        "select rolsuper or rolbypassrls, pg_has_role(rolname, current_user, 'member') from pg_roles"
        " where rolname = %s",
        [role],
    ).fetchone()
    assert found is not None  # noqa: S101  the role was found just now
    if found[0]:
        raise PostgresError(f"{role} is a superuser or has BYPASSRLS, so it sees every row: use a role without")
    if found[1]:
        raise PostgresError(f"{role} is a member of {connection.info.user}, who owns the tables: it sees every row")
