"""Who may see what: roles, bindings, and the row-level security of every table.

A binding ties a role to a partner, whole or with some of its customers. Policies ask three functions, once a query, for
what the reader is bound to. The functions run as their owner, since readers must not read the bindings; so they can't
ask for `current_user`, and take the role that the session set, or else logged in as.
"""

from storage.postgres.shape import NEWEST_DAYS, Table

READER = "portfolio_reader"
"""Group role of everyone who reads; sees the rows of its members' bindings."""
READER_OF_ALL = "portfolio_reader_all"
"""Group role of those who see every partner's rows."""

_SHARED = {("marts", "dim_dates"), ("marts", "dim_products"), ("meta", "publication")}
"""Tables that name no partner and count none's rows: every bound role sees them. Others without a partner_id are for
`portfolio_reader_all` alone."""
_WITHHELD = {("meta", "check_results")}
"""Tables whose texts quote rows, which a policy can't look into."""

_FUNCTION = "stable security definer parallel restricted set search_path = pg_catalog, pg_temp"
_PARTNERS = "(select access.partners())::text[]"
_WHOLE_PARTNERS = "(select access.whole_partners())::text[]"
_CUSTOMERS = "(select bound.partner_id, bound.customer_id from access.customers() as bound)"

SET_UP = f"""
create schema if not exists access;
revoke all on schema access from public;
create table if not exists access.bindings (
    role regrole not null,
    partner_id text not null,
    customer_id text,
    granted_at timestamptz not null default now(),
    unique nulls not distinct (role, partner_id, customer_id)
);
comment on table access.bindings is
    'Which partners a role sees; a customer_id narrows it to that customer. Changed by `portfolio postgres grant`.';
create or replace function access.bindings_of_reader() returns setof access.bindings language sql {_FUNCTION} as $$
    select * from access.bindings
    where pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, role::oid, 'usage')
$$;
create or replace function access.partners() returns text[] language sql {_FUNCTION} as $$
    select coalesce(array_agg(distinct partner_id), '{{}}') from access.bindings_of_reader()
$$;
create or replace function access.whole_partners() returns text[] language sql {_FUNCTION} as $$
    select coalesce(array_agg(distinct partner_id), '{{}}') from access.bindings_of_reader() where customer_id is null
$$;
create or replace function access.customers() returns table (partner_id text, customer_id text) language sql {_FUNCTION}
as $$
    select distinct bound.partner_id, bound.customer_id from access.bindings_of_reader() as bound
    where bound.customer_id is not null
$$;
revoke all on function access.bindings_of_reader(), access.partners(), access.whole_partners(), access.customers()
    from public;
grant execute on function access.partners(), access.whole_partners(), access.customers()
    to {READER}, {READER_OF_ALL};
"""


def visible_rows(table: Table) -> str | None:
    """The condition that a row meets to be seen by a bound reader; None: they see none.

    Tables of a partner without customers in them (KPIs, the trend) sum up all customers: whoever is bound to some of
    the customers only sees nothing of them.
    """
    name = (table.schema, table.name)
    if name in _WITHHELD:
        return None
    if "partner_id" not in table.columns:
        return f"cardinality({_PARTNERS}) > 0" if is_shared(table) else None
    if name == ("meta", NEWEST_DAYS):
        return f"partner_id = any({_PARTNERS})"
    if "customer_id" in table.columns:
        # The first condition alone can use an index.
        narrowed = f"partner_id = any({_WHOLE_PARTNERS}) or (partner_id, customer_id) in {_CUSTOMERS}"
        return f"partner_id = any({_PARTNERS}) and ({narrowed})"
    return f"partner_id = any({_WHOLE_PARTNERS})"


def is_shared(table: Table) -> bool:
    """Whether the table names nobody, and every bound role sees all of it."""
    return (table.schema, table.name) in _SHARED


def policies(table: Table, quoted: str) -> list[str]:
    """The statements that secure a table, and that may be run again.

    The owner is exempt: a forced policy would forbid it to COPY. So what the owner makes of the tables must check the
    rights of whoever queries it, as the views of `marts_latest` do.
    """
    statements = [
        f"revoke all on {quoted} from public",
        f"alter table {quoted} enable row level security",
        f"drop policy if exists bound_rows on {quoted}",
        f"drop policy if exists every_row on {quoted}",
        f"create policy every_row on {quoted} for select to {READER_OF_ALL} using (true)",
        f"grant select on {quoted} to {READER_OF_ALL}",
    ]
    if condition := visible_rows(table):
        statements.append(f"create policy bound_rows on {quoted} for select to {READER} using ({condition})")
        statements.append(f"grant select on {quoted} to {READER}")
    else:
        statements.append(f"revoke all on {quoted} from {READER}")
    return statements
