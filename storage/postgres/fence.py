"""The views that readers ask, over tables in which they have no right: what keeps one partner's rows from another.

Row-level security alone does not: PostgreSQL runs comparisons that it knows to be harmless before a policy, and
`explain analyze` tells how many foreign rows met them. Here a reader's conditions never meet a foreign row. Functions
hand out the rows of one partner and day, and all that a plan tells is how many of the reader's own these are. Whoever
sees every partner gets the table itself, under a condition without columns, which is decided before a row is read.
"""

from collections.abc import Sequence

from contracts.dashboard import LATEST_BY_KEY
from expectations.sql_text import sql_text
from storage.postgres.access import READER, READER_OF_ALL, RUNS_AS_OWNER, is_readable, is_shared, is_split
from storage.postgres.access import rows_a_partner_is_shown as rows_shown
from storage.postgres.shape import NEWEST_DAYS, Table

HELD = {"marts": "marts_held", "meta": "meta_held"}
"""The schema of the tables, by that of the views that readers see."""
_SECURED = "with (security_barrier = true, security_invoker = false)"
_SEES_ALL = "(select access.sees_all())"
_LATEST_TEXT = {
    "day": "The rows of each partner's newest as-of date. ",
    "key": "The newest row of each key. ",
    "whole": "",
}


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def held_name(table: Table) -> str:
    """The name of the table that holds the rows, as SQL."""
    return f"{HELD[table.schema]}.{quoted(table.name)}"


def view_name(table: Table, schema: str | None = None) -> str:
    """The name by which readers ask for the table, as SQL; of the view in another schema where one is given."""
    return f"{schema or table.schema}.{quoted(table.name)}"


def table_statements(table: Table) -> list[str]:
    """What makes the table that holds the rows, whatever part of it is there.

    Anyone may see a table's size and about how many rows it has. So nothing in it lies by its values: text is not
    compressed, and no index has more than partner and day. No statistics are kept, of which plans show a trace.
    """
    name = held_name(table)
    columns = [f"{quoted(column)} {kind}" for column, kind in table.columns.items()]
    return [
        f"create table if not exists {name} ({', '.join(columns)})",
        *(f"alter table {name} add column if not exists {column}" for column in columns),
        *_indexes(table),
        *(f"alter table {name} alter column {quoted(column)} set statistics 0" for column in table.columns),
        *(
            f"alter table {name} alter column {quoted(column)} set storage external"
            for column, kind in table.columns.items()
            if kind == "text"
        ),
        f"alter table {name} set (autovacuum_analyze_threshold = 2147483647)",
        f"revoke all on {name} from public, {READER}, {READER_OF_ALL}",
        f"alter table {name} enable row level security",
        *_comments(table, name, "table", table.description.text),
    ]


def view_statements(table: Table, columns: Sequence[str]) -> list[str]:
    """What makes the views of the table, and the function that hands out rows.

    Args:
        columns: the table's columns in the order that they have in the database.
    """
    statements = []
    if is_split(table):
        statements += _rows_function(table)
    statements += _view(table, view_name(table), _rows(table, columns), table.description.text)
    if table.has_latest:
        text = f"{_LATEST_TEXT[_latest_kind(table)]}{table.description.text}"
        statements += _view(table, view_name(table, "marts_latest"), _latest_rows(table, columns), text)
    return statements


def _rows_function(table: Table) -> list[str]:
    """The rows of one partner, and of one day where the table has days, as far as the reader is bound to them."""
    given, wanted = ("partner text", "held.partner_id = $1")
    if table.by_day:
        given, wanted = (f"{given}, day date", f"{wanted} and held.as_of_date = $2")
    function = f"{_function(table)}({given})"
    rows = f"return query select held.* from {held_name(table)} as held where {wanted}"
    body = (
        "#variable_conflict use_variable\n"
        "declare bound text[] := access.customers_of($1);\n"
        "begin\n"
        f"    if array_position(bound, null) is not null then {rows};\n"
        f"    else {rows} and {rows_shown(table)}; end if;\n"
        "end"
    )
    returned = f"returns setof {held_name(table)} language plpgsql {RUNS_AS_OWNER}"
    return [
        f"create or replace function {function} {returned} as $$\n{body} $$",
        f"revoke all on function {function} from public",
        f"grant execute on function {function} to {READER}, {READER_OF_ALL}",
    ]


def _function(table: Table) -> str:
    return f"access.{quoted(f'{table.schema}.{table.name}')}"


def _view(table: Table, view: str, rows: str, text: str) -> list[str]:
    return [
        f"create or replace view {view} {_SECURED} as {rows}",
        f"revoke all on {view} from public, {READER}",
        f"grant select on {view} to {f'{READER}, {READER_OF_ALL}' if is_readable(table) else READER_OF_ALL}",
        *_comments(table, view, "view", text),
    ]


def _rows(table: Table, columns: Sequence[str]) -> str:
    every = f"select {_listed(columns, {})} from {held_name(table)} as held"
    if is_shared(table):
        return f"{every} where (select access.is_bound())"
    if not is_split(table):
        return f"{every} where {_SEES_ALL}"
    if table.by_day:
        source = (
            f"access.own_days() as own cross join lateral {_function(table)}(own.partner_id, own.as_of_date) as held"
        )
        own = {"partner_id": "own", "as_of_date": "own"}
    else:
        source = (
            f"access.own_partners() as own (partner_id) cross join lateral {_function(table)}(own.partner_id) as held"
        )
        own = {"partner_id": "own"}
    # Partner and day of the reader's own list: a condition on them spares the days that it leaves out.
    return f"{every} where {_SEES_ALL} union all select {_listed(columns, own)} from {source}"


def _latest_rows(table: Table, columns: Sequence[str]) -> str:
    """The query of a view of `marts_latest`: what storage.warehouse.mart_kinds.latest_rows is in a published file."""
    view = view_name(table)
    match _latest_kind(table):
        case "whole":
            return f"select {_listed(columns, {})} from {view} as held"
        case "key":
            key = LATEST_BY_KEY[table.name]
            return (
                f"select distinct on ({key}) {_listed(columns, {})} from {view} as held order by {key}, as_of_date desc"
            )
    days = Table("meta", NEWEST_DAYS, {}, "")
    own = {"partner_id": "own", "as_of_date": "own"}
    return (
        f"select {_listed(columns, {})} from {held_name(table)} as held"
        f" join {held_name(days)} as own using (partner_id, as_of_date) where {_SEES_ALL}"
        f" union all select {_listed(columns, own)} from access.own_partners() as bound (partner_id)"
        f" cross join lateral {_function(days)}(bound.partner_id) as own"
        f" cross join lateral {_function(table)}(own.partner_id, own.as_of_date) as held"
    )


def _latest_kind(table: Table) -> str:
    if "as_of_date" not in table.columns or not is_split(table):
        return "whole"
    return "key" if LATEST_BY_KEY.get(table.name) in table.columns else "day"


def _listed(columns: Sequence[str], of: dict[str, str]) -> str:
    """A select list: each column of `held`, or of another source where one is named."""
    return ", ".join(f"{of.get(column, 'held')}.{quoted(column)}" for column in columns)


def _indexes(table: Table) -> list[str]:
    columns = [column for column in ("partner_id", "as_of_date") if column in table.columns]
    wanted = {"by_partner": columns}
    if table.by_day and columns != ["as_of_date"]:
        wanted["by_day"] = columns[::-1]
    return [
        f"create index if not exists {quoted(f'{table.name}_{name}'[:63])} on {held_name(table)} ({', '.join(those)})"
        for name, those in wanted.items()
        if those
    ]


def _comments(table: Table, name: str, kind: str, text: str) -> list[str]:
    columns = table.description.columns
    return [
        f"comment on {kind} {name} is {_literal(text)}",
        *(
            f"comment on column {name}.{quoted(column)} is {_literal(columns.get(column, ''))}"
            for column in table.columns
        ),
    ]


def _literal(text: str) -> str:
    return sql_text(text) if text else "null"
