"""What is looked at in expressions: kinds of values, names, what stands for what."""

from collections.abc import Iterator
from itertools import combinations

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokens import TokenType

from .query import Query

_DATES = {exp.DataType.Type.DATE, exp.DataType.Type.DATE32}
_KINDS = {
    "text": exp.DataType.TEXT_TYPES,
    "whole": exp.DataType.INTEGER_TYPES,
    "fraction": exp.DataType.REAL_TYPES,
    "date": _DATES,
    "time": (exp.DataType.TEMPORAL_TYPES - _DATES) | {exp.DataType.Type.TIME, exp.DataType.Type.INTERVAL},
    "truth": {exp.DataType.Type.BOOLEAN},
}
DOUBLES = {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}


def shown(node: exp.Expression) -> str:
    """An expression as SQL, cut where it is long."""
    sql = node.sql("duckdb")
    return sql if len(sql) <= 80 else f"{sql[:79]}…"


def kind(node: exp.Expression | None) -> str:
    """The kind of a typed expression's values, one of the above; empty where it is not known."""
    if isinstance(node, exp.Paren | exp.Sum | exp.Min | exp.Max | exp.Neg):
        return kind(node.this)
    found = node.type if node is not None else None
    if found is None:
        return ""
    if found.this == exp.DataType.Type.DECIMAL and [part.name for part in found.expressions][1:] == ["0"]:
        return "whole"
    return next((name for name, types in _KINDS.items() if found.this in types), "")


def kinds(node: exp.Expression) -> set[str]:
    """The known kinds of both sides."""
    return {kind(node.this), kind(node.expression)} - {""}


def is_double(node: exp.Expression) -> bool:
    """Whether a typed expression is a double."""
    return node.type is not None and node.type.this in DOUBLES


def may_be_zero(divisor: exp.Expression) -> bool:
    """Whether a divisor is neither a number other than 0 nor null where it were 0."""
    inner = divisor.unnest()
    if isinstance(inner, exp.Literal):
        return float(inner.this) == 0
    return not (isinstance(inner, exp.Nullif) and inner.expression.name == "0")


def divides_a_multiple(node: exp.Expression) -> bool:
    """Whether a number less its rest is divided: nothing is behind the point, whatever an engine does with it."""
    dividend = node.this.unnest() if isinstance(node, exp.Div) else None
    rest = dividend.expression.unnest() if isinstance(dividend, exp.Sub) else None
    if not isinstance(dividend, exp.Sub) or not isinstance(rest, exp.Mod):
        return False
    return rest.this.unnest() == dividend.this.unnest() and rest.expression == node.expression


def cuts_a_fraction(node: exp.Expression) -> bool:
    """Whether a cast makes a whole number of a fraction that is none already."""
    inner = node.this.unnest()
    is_whole = isinstance(inner, exp.Floor | exp.Ceil) or divides_a_multiple(inner)
    return kind(node) == "whole" and kind(inner) == "fraction" and not is_whole


def mixes_kinds(node: exp.Expression) -> bool:
    """Whether values of several kinds are compared, or stand for each other. Fractions go with whole numbers."""
    pairs = (pair for group in _alternatives(node) for pair in combinations({kind(item) for item in group} - {""}, 2))
    return any(set(pair) != {"whole", "fraction"} for pair in pairs)


def _alternatives(node: exp.Expression) -> list[list[exp.Expression]]:
    if isinstance(node, exp.Case):
        branches = [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]
        asked = [node.this, *(branch.this for branch in node.args["ifs"])] if node.this else []
        return [[item for item in branches if item is not None], asked]
    if isinstance(node, exp.SetOperation):
        return [list(pair) for pair in zip(node.left.selects, node.right.selects, strict=False)]
    if isinstance(node, exp.Between):
        return [[node.this, node.args["low"], node.args["high"]]]
    if isinstance(node, exp.In | exp.Coalesce):
        return [[node.this, *node.expressions]]
    return [[node.this, node.expression]] if isinstance(node, exp.Predicate) and "expression" in node.args else []


def decides(key: exp.Expression) -> bool:
    """Whether a sort key decides a result: in a window or an aggregate, or where a limit cuts."""
    order = key.parent
    if isinstance(order, exp.Order) and isinstance(order.parent, exp.Query):
        return bool(order.parent.args.get("limit"))
    return True


def is_numbered_or_all(node: exp.Expression) -> bool:
    """Whether a group by or order by names columns by their position, or says `all`."""
    keys = [key.this if isinstance(key, exp.Ordered) else key for key in node.expressions]
    by_number = any(isinstance(key, exp.Literal) and not key.is_string for key in keys)
    return bool(node.args.get("all")) or by_number or any(key.name.lower() == "all" for key in keys)


def is_vague(join: exp.Expression) -> bool:
    """Whether a join is natural, positional, semi, anti, or a comma."""
    method, side = (str(join.args.get(word) or "").upper() for word in ("method", "kind"))
    says_how = any(join.args.get(word) for word in ("kind", "side", "on", "using"))
    return method in ("NATURAL", "POSITIONAL") or side in ("SEMI", "ANTI") or not says_how


def correlated(query: Query) -> Iterator[exp.Expression]:
    """Subqueries that name columns of the query around them."""
    return (scope.expression for scope in traverse_scope(query.typed) if scope.is_correlated_subquery)


def names(query: Query) -> Iterator[exp.Identifier]:
    """All names but those of relations, which dbt writes, and of types."""
    for name in query.parsed.find_all(exp.Identifier):
        if not (isinstance(name.parent, exp.Table) and name.parent.db) and not isinstance(name.parent, exp.DataType):
            yield name


def cast_types(query: Query) -> set[str]:
    """The types that are cast to: as the parser names them, and those of a width in bytes as they are spelt."""
    casts = query.parsed.find_all(exp.Cast)
    words = {token.text.lower() for token in query.tokens if token.token_type != TokenType.STRING}
    named = (cast.to.args.get("kind") or cast.to.sql("duckdb").split("(")[0] for cast in casts)
    return {str(name).lower() for name in named} | (words & {"int2", "int4", "int8", "float4", "float8"})
