"""Bindings: which login role sees which partners, whole or with some of their customers.

To some means by id, or to those of a sub-partner or an owner, whoever these are in what is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.postgres.access import READER, READER_OF_ALL
from storage.postgres.errors import PostgresError
from storage.postgres.fence import quoted
from storage.postgres.versions import refuse_newer

if TYPE_CHECKING:
    from storage.postgres.connection import Connection


_TABLES = {"access.bindings": ("customer_id",), "access.account_bindings": ("sub_partner_id", "owner")}
"""Where bindings are, and by what they narrow a partner."""
_NARROWING = ("customer_id", "sub_partner_id", "owner")


@dataclass(frozen=True)
class Binding:
    """A role and a partner that it sees, whole or narrowed in one way. No partner: every partner's rows."""

    role: str
    partner_id: str | None
    customer_id: str | None = None
    sub_partner_id: str | None = None
    """The customers of this reseller."""
    owner: str | None = None
    """The customers of this account manager."""


def grant(
    connection: "Connection",
    role: str,
    partners: Sequence[str],
    customers: Sequence[str] = (),
    *,
    sub_partners: Sequence[str] = (),
    owners: Sequence[str] = (),
) -> None:
    """Let a role see partners as a whole or, of one partner, some customers: by id, sub-partner or owner. They add up.

    Raises:
        PostgresError: the role does not exist, no policy would hold for it, or it sees the whole partner already.
    """
    _refuse_unbound_by_policies(connection, role)
    tables = _tables(connection)
    if (sub_partners or owners) and len(tables) < len(_TABLES):
        raise PostgresError("an earlier version published to this database: run `portfolio publish postgres` first")
    held = "role = %s::regrole and partner_id = %s"
    is_narrowed = bool(customers or sub_partners or owners)
    with connection.transaction():
        for partner in partners:
            given = [quoted(role), partner]
            whole = f"select 1 from access.bindings where {held} and customer_id is null"
            if is_narrowed and connection.execute(whole, given).fetchone():
                raise PostgresError(f"{role} sees all of {partner}: revoke that first, to narrow it to customers")
            if not is_narrowed:
                for table in tables:
                    connection.execute(f"delete from {table} where {held}", given)
            _bind(connection, role, partner, "customer_id", customers if is_narrowed else [None])
            _bind(connection, role, partner, "sub_partner_id", sub_partners)
            _bind(connection, role, partner, "owner", owners)
        connection.execute(f"grant {READER} to {quoted(role)}")


def _bind(connection: "Connection", role: str, partner: str, column: str, names: Sequence[str | None]) -> None:
    (table,) = (table for table, columns in _TABLES.items() if column in columns)
    for name in names:
        connection.execute(
            f"insert into {table} (role, partner_id, {column}) values (%s::regrole, %s, %s) on conflict do nothing",
            [quoted(role), partner, name],
        )


def grant_all(connection: "Connection", role: str) -> None:
    """Let a role see every partner's rows, and the tables that name no partner.

    Raises:
        PostgresError: the role does not exist, or no policy would hold for it.
    """
    _refuse_unbound_by_policies(connection, role)
    connection.execute(f"grant {READER_OF_ALL} to {quoted(role)}")


def revoke(
    connection: "Connection",
    role: str,
    partners: Sequence[str],
    customers: Sequence[str] = (),
    *,
    sub_partners: Sequence[str] = (),
    owners: Sequence[str] = (),
) -> int:
    """Take bindings away: those of some partners, of some customers, sub-partners or owners, or all that the role has.

    Returns how many there were.

    Raises:
        PostgresError: the role does not exist.
    """
    _refuse_unknown(connection, role)
    named = {"customer_id": customers, "sub_partner_id": sub_partners, "owner": owners}
    is_narrowed = any(named.values())
    with connection.transaction():
        gone = 0
        for table, columns in _tables(connection).items():
            chosen = " or ".join(f"{column} = any(%({column})s)" for column in columns)
            gone += connection.execute(
                f"delete from {table} where role = %(role)s::regrole"
                " and (partner_id = any(%(partners)s) or %(every_partner)s)"
                f" and ({chosen} or %(every_customer)s)",
                {
                    "role": quoted(role),
                    "partners": list(partners),
                    "every_partner": not partners,
                    "every_customer": not is_narrowed,
                    **{column: list(names) for column, names in named.items()},
                },
            ).rowcount
        held = {binding.partner_id for binding in bindings(connection) if binding.role == role}
        if not partners and not is_narrowed and None in held:
            connection.execute(f"revoke {READER_OF_ALL} from {quoted(role)}")
            gone += 1
        if not held - {None}:
            connection.execute(f"revoke {READER} from {quoted(role)}")
    return gone


def bindings(connection: "Connection") -> list[Binding]:
    """Every binding, by role, partner and what narrows it; those of dropped roles are left out."""
    held = [
        f"select role, partner_id, {', '.join(name if name in columns else f'null as {name}' for name in _NARROWING)}"
        f" from {table}"
        for table, columns in _tables(connection).items()
    ]
    rows = connection.execute(
        f"select rolname::text, partner_id, {', '.join(_NARROWING)} from ({' union all '.join(held)}) as bound"
        " join pg_roles on pg_roles.oid = role::oid"
        " union select reader.rolname::text, null, null, null, null from pg_auth_members"
        " join pg_roles as reader on reader.oid = member join pg_roles as held on held.oid = roleid"
        # Who may grant a role is noted as a member of it: whoever made it, for one.
        " where held.rolname = %s and not admin_option order by 1, 2 nulls first, 3 nulls first, 4, 5",
        [READER_OF_ALL],
    ).fetchall()
    return [Binding(*row) for row in rows]


def require_set_up(connection: "Connection") -> None:
    """Refuse a database without bindings.

    Raises:
        PostgresError: nothing was ever published to it, or a newer version published.
    """
    refuse_newer(connection)
    if not _tables(connection):
        raise PostgresError("nothing is published to this database yet: run `portfolio publish postgres` first")


def _tables(connection: "Connection") -> Mapping[str, Sequence[str]]:
    """The tables of bindings that there are, and by what they narrow: the version before had the first alone."""
    return {
        table: columns
        for table, columns in _TABLES.items()
        if connection.execute("select to_regclass(%s)", [table]).fetchone() != (None,)
    }


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
