"""Why a model failed, in one line that names model, column and day.

Engines say it in many words, each in its own, and name none of the three. So the model's own query is asked again, of
fewer and fewer columns and days: an engine computes no column that nobody asked for, and no day that is left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, TypeVar

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.nodes import dbt_schema
from planning.buildable import DayPlan
from planning.days import days_between
from storage.home import DbtFolder
from storage.warehouse.failing_rows import DAY_COLUMNS
from storage.warehouse.queries import Queries, QueryError

Item = TypeVar("Item")

_OTHER_TYPE = re.compile(
    r"\| (?P<name>\w+) *\| *(?P<made>[^|]*?) *\| *(?P<declared>[^|]*?) *\| (?:data type mismatch|missing in)"
)
"""A line of dbt's table of what differs from a contract."""
_OTHER_COLUMN = re.compile(r"model \w+ (?:makes|holds) (?:no )?column .+?(?= > in macro|$)")
"""What the materializations for Spark say of it."""
_OF_DATA = re.compile(
    r"(?:Conversion|Out of Range|Invalid Input|Constraint) Error"
    r"|\[(?:\w*ARITHMETIC_OVERFLOW|CAST_\w+|NUMERIC_VALUE_OUT_OF_RANGE[\w.]*|DATETIME_OVERFLOW|DIVIDE_BY_ZERO)\]"
    r"|\[USER_RAISED_EXCEPTION\]"
)
"""How DuckDB and Spark name errors that values alone are to blame for."""
_TOO_LARGE = re.compile(r"overflow|out of range", re.IGNORECASE)
_PLACE_IN_SQL = re.compile(r" LINE \d+: .*")
_LOOKED_BACK = timedelta(days=500)
"""Further than any as-of day looks back."""


def cause_in_data(build: DbtBuild, manifest: Mapping[str, Any], plan: DayPlan, queries: Queries) -> str:
    """Why the first model that failed did, in one line, where values or types are to blame; nothing otherwise.

    Args:
        queries: the warehouse as the build left it.
    """
    failed = [node for node in build.nodes if not (node.passed or node.skipped or node.is_test)]
    found = broken_promise(failed[0], manifest["nodes"], plan, queries) if failed else ""
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{found}{more}; nothing was published; dbt's log: {DbtFolder(build.target).log}" if found else ""


def broken_promise(failed: NodeResult, nodes: Mapping[str, Any], plan: DayPlan, queries: Queries) -> str:
    """What a failed model does that its contract or a type rules out, in one line; nothing where it is something else.

    Args:
        nodes: those of dbt's manifest, by unique id.
    """
    if said := _other_type(failed, plan):
        return said
    if not _OF_DATA.search(failed.message):  # memory, disk, network: asking again would take as long, and fail again
        return ""
    found = _not_computed(failed.unique_id, failed.query, nodes, plan, queries)
    return found or _null(failed, nodes[failed.unique_id], queries)


def _other_type(failed: NodeResult, plan: DayPlan) -> str:
    if other := _OTHER_TYPE.search(failed.message):
        made, declared = other["made"].lower(), other["declared"].lower()
        said = f"model {failed.name} makes column {other['name']}"
        if not made:
            said = f"model {failed.name} makes no column {other['name']}, which its contract names"
        elif not declared:
            said += ", which its contract does not name"
        else:
            said += f" as {made}, and its contract says {declared}"
    elif found := _OTHER_COLUMN.search(failed.message):
        said = found[0]
    else:
        return ""
    return f"{said} ({plan.first}…{plan.last})"


def _not_computed(unique_id: str, query: str, nodes: Mapping[str, Any], plan: DayPlan, queries: Queries) -> str:
    """Of a view that a model reads rather than of the model itself, where it can't be computed there already."""
    node, asked = nodes[unique_id], _Asked(query, queries)
    column = asked.failing_column()
    if not column:
        return ""
    for parent in node["depends_on"]["nodes"]:
        if parent in nodes and nodes[parent]["config"]["materialized"] == "view":
            view = f"select * from {queries.table(dbt_schema(nodes[parent]), nodes[parent]['name'])}"
            if said := _not_computed(parent, view, nodes, plan, queries):
                return said
    why = _PLACE_IN_SQL.sub("", asked.error(column))
    if _TOO_LARGE.search(why):
        said = f"is beyond {node['columns'].get(column, {}).get('data_type') or 'its type'}"
    else:
        said = f"can't be computed ({why})"
    day = asked.failing_day(column, list(days_between(plan.first - _LOOKED_BACK, plan.last)))
    return f"model {node['name']}: column {column} {said} on {day or f'{plan.first}…{plan.last}'}"


def _null(failed: NodeResult, node: Mapping[str, Any], queries: Queries) -> str:
    if not node["config"]["contract"]["enforced"]:
        return ""
    asked = _Asked(failed.query, queries)
    for name, column in node["columns"].items():
        never = any(constraint["type"] == "not_null" for constraint in column.get("constraints", ()))
        if never and (days := asked.days_with_null(name)):
            return f"model {failed.name}: column {name} is null on {days[0]}, and its contract says that it never is"
    return ""


class _Asked:
    """A model's query, asked of some of its columns and days."""

    def __init__(self, query: str, queries: Queries) -> None:
        self._query = query
        self._queries = queries
        self._columns: Sequence[str] = ()
        if query:
            with suppress(QueryError):  # one that can't even be planned has no columns to ask for
                self._columns = queries.columns(query)
        self._day = next((name for name in DAY_COLUMNS if name in self._columns), None)

    def failing_column(self) -> str:
        """The first column that can't be computed; none where all can."""
        return _first(self._columns, lambda columns: bool(self.error(*columns))) or ""

    def failing_day(self, column: str, days: Sequence[date]) -> str:
        """The first of some days for which a column can't be computed; none where it can't be for no day at all."""
        if self._day is None or self.error(column, days=(date.min,)):
            return ""
        return str(_first(days, lambda some: bool(self.error(column, days=some))) or "")

    def error(self, *columns: str, days: Sequence[date] = ()) -> str:
        """What the engine says where columns can't be computed, in one line; nothing where they can."""
        asked = ", ".join(f"max({self._queries.quoted(name)})" for name in columns)
        where = f" where {self._day} between date '{days[0]}' and date '{days[-1]}'" if days else ""
        try:
            self._queries.rows(f"select {asked} from ({self._query}) as model{where}")
        except QueryError as error:
            return str(error)
        return ""

    def days_with_null(self, column: str) -> list[str]:
        """The days of the rows in which a column is null, in order."""
        day = self._day or "'no day'"
        sql = f"select distinct {day} from ({self._query}) as model where {self._queries.quoted(column)} is null"
        try:
            return sorted("no day" if value is None else str(value) for (value,) in self._queries.rows(sql))
        except QueryError:
            return []


def _first(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> Item | None:
    """The first item with which a run of items from the first on fails; None where all of them do not."""
    if not items or not fails(items):
        return None
    low, high = 0, len(items)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(items[:middle]) else (middle, high)
    return items[low]
