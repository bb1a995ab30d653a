"""What finds each thing that a rule of rules.yaml is about, by the rule's name."""

from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp
from sqlglot.dialects import BigQuery, Trino
from sqlglot.tokens import Token, TokenType

from .expressions import (
    cast_types,
    correlated,
    cuts_a_fraction,
    decides,
    divides_a_multiple,
    is_double,
    is_numbered_or_all,
    is_vague,
    kind,
    kinds,
    may_be_zero,
    mixes_kinds,
    names,
    shown,
)
from .query import Query

Finder = Callable[[Query], Iterable[str]]
"""Finds the parts of a query that a rule refuses, as SQL or names."""
Condition = Callable[[exp.Expression], object]

PARTS = ("YEAR", "QUARTER", "MONTH", "DAY")
KNOWN_TYPES = frozenset({"bigint", "boolean", "date", "dbt_double", "dbt_string", "decimal", "int"})
_FUNCTIONS = """
    abs ceil coalesce count dbt_dateadd dbt_datediff extract floor lag lead length lower lpad max min mod nullif power
    replace row_number sum translate trim upper
"""
KNOWN_FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions that mean the same on every engine, for what models ask of them. dbt's are translated by each adapter."""
RESERVED = {word.lower() for dialect in (BigQuery, Trino) for word in dialect.Generator.RESERVED_KEYWORDS}


def calls(*names: str) -> Finder:
    """Calls of functions by the names that they are spelt with: a parser makes one of several names."""
    return lambda query: (f"{name}(…)" for name in query.calls() if name in names)


def _signs(*types: TokenType, also: Iterable[str] = ()) -> Finder:
    """Signs and words as they are spelt."""

    def is_meant(token: Token) -> bool:
        return token.token_type in types or (token.text in also and token.token_type != TokenType.STRING)

    return lambda query: (token.text for token in query.tokens if is_meant(token))


def _written(*classes: type[exp.Expression], where: Condition = lambda _: True) -> Finder:
    """Expressions of a kind, as they are written."""
    return lambda query: (shown(node) for node in query.parsed.find_all(*classes) if where(node))


def _typed(*classes: type[exp.Expression], where: Condition) -> Finder:
    """Expressions of a kind for which something holds that depends on types."""
    return lambda query: (shown(node) for node in query.typed.find_all(*classes) if where(node))


def _both(*finders: Finder) -> Finder:
    def found(query: Query) -> Iterator[str]:
        for find in finders:
            yield from find(query)

    return found


FINDERS: dict[str, Finder] = {
    "date arithmetic": _both(
        _typed(exp.Add, exp.Sub, where=lambda node: kinds(node) & {"date", "time"}), _written(exp.Interval)
    ),
    "parts of dates": _written(exp.Extract, where=lambda node: node.this.name.upper() not in PARTS),
    "series": _written(exp.Lateral, exp.Explode),
    "moments": _both(_typed(exp.Cast, exp.TryCast, where=lambda node: kind(node) == "time"), _written(exp.AtTimeZone)),
    "clock and chance": _written(
        exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.TableSample
    ),
    "division of whole numbers": _typed(
        exp.Div, where=lambda node: not is_double(node.this) and not divides_a_multiple(node)
    ),
    "division by what may be 0": _written(exp.Div, where=lambda node: may_be_zero(node.expression)),
    "whole division": _written(exp.IntDiv),
    "fractions cast to whole numbers": _typed(exp.Cast, where=cuts_a_fraction),
    "counts of several columns": _written(
        exp.Count, where=lambda node: isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1
    ),
    "sums of truth values": _typed(
        exp.Sum, exp.Max, exp.Min, exp.Add, exp.Sub, exp.Mul, where=lambda node: kind(node.this) == "truth"
    ),
    "text of other values": _typed(exp.DPipe, where=lambda node: kinds(node) - {"text"}),
    "implicit casts": _typed(exp.Predicate, exp.In, exp.Coalesce, exp.Case, exp.SetOperation, where=mixes_kinds),
    "nulls of no type": _written(exp.Null, where=lambda node: isinstance(node.parent, exp.Alias | exp.Select)),
    "regular expressions": _both(
        _written(exp.RegexpLike, exp.RegexpILike, exp.SimilarTo, exp.ILike, exp.Glob), _signs(TokenType.TILDE)
    ),
    "backslashes in text": _written(exp.Literal, where=lambda node: node.args["is_string"] and "\\" in node.name),
    "order of nulls": lambda query: (f"order by {shown(key)}" for key in query.without_null_order if decides(key)),
    "order inside an aggregate": _written(exp.Order, where=lambda node: isinstance(node.parent, exp.AggFunc)),
    "filter": _written(exp.Filter),
    "qualify": _written(exp.Qualify),
    "asof joins": _written(exp.Join, where=lambda node: str(node.args.get("method") or "").upper() == "ASOF"),
    "joins without a condition": _written(exp.Join, where=is_vague),
    "aliases of the same select": lambda query: map(shown, query.unresolved),
    "group by all and by number": _written(exp.Group, exp.Order, where=is_numbered_or_all),
    "distinct on": _written(exp.Distinct, where=lambda node: node.args.get("on")),
    "limits": _written(exp.Limit, exp.Fetch, exp.Offset),
    "set operations": _written(
        exp.SetOperation, where=lambda node: not isinstance(node, exp.Union) or node.args.get("distinct")
    ),
    "parts of a star": _both(
        _written(exp.Star, where=lambda node: any(node.args.get(word) for word in ("except_", "replace", "rename"))),
        _written(exp.Columns),
    ),
    "quoted and capital names": lambda query: (
        shown(name) for name in names(query) if name.args.get("quoted") or name.name != name.name.lower()
    ),
    "reserved names": lambda query: (shown(name) for name in names(query) if name.name in RESERVED),
    "arrays, structs and lambdas": _both(
        _written(exp.Bracket, exp.Array, exp.Struct, exp.Map, exp.Lambda, exp.JSONExtract, exp.Dot, exp.List),
        _signs(TokenType.ARROW, TokenType.DARROW),
    ),
    "names of types": lambda query: (f"cast to {name}" for name in cast_types(query) - KNOWN_TYPES),
    "try_cast": _written(exp.TryCast),
    "signs": _both(
        _signs(
            *(TokenType.DCOLON, TokenType.MOD, TokenType.CARET, TokenType.DSTAR, TokenType.AMP, TokenType.PIPE),
            also=("==", "<=>"),
        ),
        _written(exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.BitwiseXor, exp.BitwiseNot),
    ),
    "is distinct from": _written(exp.NullSafeEQ, exp.NullSafeNEQ),
    "subqueries that look outside": lambda query: map(shown, correlated(query)),
    "pivots": _written(exp.Pivot),
    "nulls left out by a window": _written(exp.IgnoreNulls, exp.RespectNulls),
    "other functions": lambda query: (
        f"{name}(…)" for name in query.calls() if name not in KNOWN_FUNCTIONS | KNOWN_TYPES
    ),
}
