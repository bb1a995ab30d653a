"""Which columns add up doubles over rows: the order of rows then decides the last bits, on a cluster anew each time."""

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from .expressions import is_double
from .query import Query

Column = tuple[str, str]
"""A relation, as `schema.name` or by its place in a query, and a name."""


def summed_doubles(queries: Iterable[Query]) -> set[Column]:
    """The columns of relations that sum or average doubles, or are computed from such a column.

    Args:
        queries: in the order of what they read.
    """
    found: set[Column] = set()
    for query in queries:
        root = _columns(query, found)
        found |= {(query.relation, name) for name in root if query.relation}
    return found


def _columns(query: Query, known: set[Column]) -> set[str]:
    """Those of a query's result."""
    summed: dict[int, list[bool]] = {}
    names: list[str] = []
    for scope in traverse_scope(query.typed):
        names = [item.alias_or_name for item in scope.expression.selects]
        summed[id(scope)] = _in_scope(scope, summed, known)
    return {name for name, is_summed in zip(names, summed[id(scope)], strict=True) if is_summed}


def _in_scope(scope: Scope, summed: dict[int, list[bool]], known: set[Column]) -> list[bool]:
    if isinstance(scope.expression, exp.SetOperation):
        return [any(pair) for pair in zip(*(summed[id(part)] for part in scope.set_operation_scopes), strict=True)]
    return [_is_summed(item, scope, summed, known) for item in scope.expression.selects]


def _is_summed(item: exp.Expression, scope: Scope, summed: dict[int, list[bool]], known: set[Column]) -> bool:
    if any(is_double(call.this) and not isinstance(call.this, exp.Order) for call in item.find_all(exp.Sum, exp.Avg)):
        return True
    for column in item.find_all(exp.Column):
        source = scope.sources.get(column.table)
        if isinstance(source, Scope):
            names = [select.alias_or_name for select in source.expression.selects]
            if column.name in names and summed[id(source)][names.index(column.name)]:
                return True
        elif isinstance(source, exp.Table) and (f"{source.db}.{source.name}", column.name) in known:
            return True
    return False
