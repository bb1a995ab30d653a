"""Who may see what: roles, bindings, and the functions that hand a reader its own rows and no others.

A binding ties a role to a partner, whole or with some of its customers: named one by one, or those of a sub-partner or
an owner. The functions run as their owner, since readers must not read the bindings; so they can't ask for
`current_user`, and take the role that the session set, or else logged in as.
"""

from storage.postgres.shape import NEWEST_ACCOUNTS, NEWEST_DAYS, Table

READER = "portfolio_reader"
"""Group role of everyone who reads; sees the rows of its members' bindings."""
READER_OF_ALL = "portfolio_reader_all"
"""Group role of those who see every partner's rows."""

_SHARED = {("marts", "dim_dates"), ("marts", "dim_products"), ("meta", "publication")}
"""Tables that name no partner and count none's rows: every bound role sees them. Others without a partner_id are for
`portfolio_reader_all` alone."""
_WITHHELD = {("meta", "check_results")}
"""Tables whose texts quote rows, which no binding can look into."""

RUNS_AS_OWNER = "stable security definer parallel restricted set search_path = pg_catalog, pg_temp"
"""How every function of ours runs; none can be called by name, for want of a right in the schema `access`."""
_READER_NAME = "coalesce(nullif(current_setting('role'), 'none'), session_user)::name"
_FUNCTIONS = ("sees_all()", "is_bound()", "own_partners()", "own_days()", "customers_of(text)")

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
-- A table of its own: to functions of a version before, a binding without customer_id is one to the whole partner.
create table if not exists access.account_bindings (
    role regrole not null,
    partner_id text not null,
    sub_partner_id text,
    owner text,
    granted_at timestamptz not null default now(),
    unique nulls not distinct (role, partner_id, sub_partner_id, owner),
    check (num_nonnulls(sub_partner_id, owner) = 1)
);
comment on table access.account_bindings is
    'Of which sub-partners'' or owners'' customers a role sees the rows. Changed by `portfolio postgres grant`.';
create table if not exists access.days (partner_id text, as_of_date date, primary key (partner_id, as_of_date));
comment on table access.days is 'The as-of dates of which a partner has rows in some table.';
alter table access.days alter column partner_id set statistics 0, alter column as_of_date set statistics 0;
create or replace function access.sees_all() returns boolean language plpgsql {RUNS_AS_OWNER} as $$
begin
    return pg_has_role({_READER_NAME}, '{READER_OF_ALL}', 'usage')
        or pg_has_role({_READER_NAME}, current_user, 'usage')
        or (select rolbypassrls from pg_roles where rolname = {_READER_NAME});
end $$;
create or replace function access.own_partners() returns setof text language plpgsql {RUNS_AS_OWNER} rows 1 as $$
begin
    if not access.sees_all() then
        return query select bound.partner_id from access.bindings as bound
            where pg_has_role({_READER_NAME}, bound.role::oid, 'usage')
            union select bound.partner_id from access.account_bindings as bound
            where pg_has_role({_READER_NAME}, bound.role::oid, 'usage') order by 1;
    end if;
end $$;
create or replace function access.is_bound() returns boolean language plpgsql {RUNS_AS_OWNER} as $$
begin
    return access.sees_all() or exists (select from access.own_partners());
end $$;
create or replace function access.own_days() returns setof access.days language plpgsql {RUNS_AS_OWNER} rows 100 as $$
begin
    return query select held.* from access.days as held where held.partner_id in (select access.own_partners())
        order by held.partner_id, held.as_of_date;
end $$;
create or replace function access.customers_of(partner text) returns text[] language plpgsql {RUNS_AS_OWNER} as $$
declare seen text[] := (select array_agg(bound.customer_id order by bound.customer_id) from access.bindings as bound
    where bound.partner_id = $1 and pg_has_role({_READER_NAME}, bound.role::oid, 'usage'));
begin
    if exists (select from access.account_bindings as bound
        where bound.partner_id = $1 and pg_has_role({_READER_NAME}, bound.role::oid, 'usage'))
    then
        return coalesce(seen, '{{}}') || array(
            select held.customer_id from meta_held.{NEWEST_ACCOUNTS} as held
            where held.partner_id = $1 and held.customer_id is not null and exists (
                select from access.account_bindings as bound
                where bound.partner_id = $1 and (bound.owner = held.owner or bound.sub_partner_id = held.sub_partner_id)
                    and pg_has_role({_READER_NAME}, bound.role::oid, 'usage'))
            order by held.customer_id);
    end if;
    return seen;
end $$;
comment on function access.customers_of(text) is
    'The customers of a partner that the reader sees; a null among them stands for the whole partner.';
revoke all on function {", ".join(f"access.{function}" for function in _FUNCTIONS)} from public;
grant execute on function {", ".join(f"access.{function}" for function in _FUNCTIONS[:-1])}
    to {READER}, {READER_OF_ALL};
"""


def is_shared(table: Table) -> bool:
    """Whether the table names nobody, and every bound role sees all of it."""
    return (table.schema, table.name) in _SHARED


def is_split(table: Table) -> bool:
    """Whether bound readers see their partners' rows of the table; else it is shared, or for `READER_OF_ALL` alone."""
    return "partner_id" in table.columns and (table.schema, table.name) not in _WITHHELD


def is_readable(table: Table) -> bool:
    """Whether bound readers may ask for the table at all."""
    return is_split(table) or is_shared(table)


def rows_a_partner_is_shown(table: Table) -> str:
    """The condition that a row `held` of one partner meets, given `bound`: what `access.customers_of` says.

    Tables of a partner without customers in them (KPIs, the trend) sum up all customers: whoever is bound to some of
    the customers only sees nothing of them.
    """
    if (table.schema, table.name) == ("meta", NEWEST_DAYS):
        return "bound is not null"
    return "held.customer_id = any(bound)" if "customer_id" in table.columns else "false"
