"""The operations on values of text: each gives new values, and says which values it understood.

They see each value of a piece once, however often it stands there. Regular expressions run in RE2, in linear time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute

from expectations.given_rows import give, take_back
from expectations.sql_text import sql_text
from sources.mapping.columns import EXCEL, Column
from sources.mapping.reading import Read
from sources.mapping.tables import arrow, is_empty, trimmed

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_PLACES = 6
"""Decimal places of the contract's decimals."""
Outcome = tuple[Any, Any]
"""New values, and which of the old ones were understood."""
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
_DAY_NUMBER = r"[0-9]{1,7}(\.[0-9]+)?"
_ALIKE = (("\u2212", "-"), ("\u00a0", " "), ("\u202f", " "), ("\u2019", "'"))
"""Signs in numbers, and what they are read as."""


@dataclass(frozen=True)
class Table:
    """What a lookup looks into: keys without white space around them, in lower case where case makes no difference."""

    keys: Any
    values: Any


@dataclass(frozen=True)
class Tools:
    """What operations need beside the values."""

    connection: duckdb.DuckDBPyConnection
    read: Read
    table: Callable[[Column], Table]
    """The table of a column's lookup."""


def engine() -> duckdb.DuckDBPyConnection:
    """A session that reads dates and regular expressions; days are UTC days. Close it."""
    con = _database().cursor()
    con.execute("set timezone = 'UTC'")
    return con


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """An empty database in memory, made once: that takes 10 ms, a session of it next to nothing."""
    con = duckdb.connect(config={"threads": 1})
    con.execute(
        "create macro possible(day) as case when day between date '1900-01-01' and date '9999-12-31' then day end"
    )
    return con


def operate(name: str, values: Any, column: Column, tools: Tools) -> Outcome:
    """What an operation of a column makes of values, none of which is null; empty ones stay, and are understood."""
    new, understood = _OPERATIONS[name](values, column, tools)
    return new, understood


def _trim(values: Any, column: Column, tools: Tools) -> Outcome:
    return trimmed(values), _all(values)


def _case(values: Any, column: Column, tools: Tools) -> Outcome:
    return (pc.utf8_upper if column.case == "upper" else pc.utf8_lower)(values), _all(values)


def _regex(values: Any, column: Column, tools: Tools) -> Outcome:
    assert column.regex is not None  # noqa: S101  the operation stands there
    pattern, group = sql_text(column.regex.pattern), column.regex.group_in_force
    found, right = _computed(tools, values, f"regexp_extract(v, {pattern}, {group})", f"regexp_matches(v, {pattern})")
    return _unless_empty(values, found, right)


def _lookup(values: Any, column: Column, tools: Tools) -> Outcome:
    assert column.lookup is not None  # noqa: S101  the operation stands there
    table = tools.table(column)
    places = pc.index_in(folded(values, ignore_case=column.lookup.ignore_case), value_set=table.keys)
    found = table.values.take(places)
    known = pc.is_valid(places)
    if column.lookup.default is not None:
        return pc.fill_null(found, column.lookup.default), _all(values)
    return pc.coalesce(found, values), pc.or_(known, is_empty(values))


def folded(values: Any, *, ignore_case: bool) -> Any:
    """Values as a table's keys are compared."""
    return pc.utf8_lower(trimmed(values)) if ignore_case else trimmed(values)


def _date(values: Any, column: Column, tools: Tools) -> Outcome:
    formats = list(map(_parsed, column.date or ()))
    iso = f"case when regexp_full_match(v, {sql_text(_ISO)}) then cast(try_cast(v as timestamptz) as date) end"
    days = ", ".join(f"possible({day})" for day in [*formats, iso])
    new, right = _computed(
        tools, trimmed(values), f"strftime(coalesce({days}), '%Y-%m-%d')", f"coalesce({days}) is not null"
    )
    return _unless_empty(values, new, right)


def _parsed(text: str) -> str:
    if text == EXCEL:
        number = "cast(floor(cast(v as double)) as integer)"
        return f"case when regexp_full_match(v, {sql_text(_DAY_NUMBER)}) then date '1899-12-30' + {number} end"
    return f"cast(try_strptime(v, {sql_text(text)}) as date)"


def _number(values: Any, column: Column, tools: Tools) -> Outcome:
    own = column.number
    decimal = (own.decimal if own else None) or tools.read.decimal
    thousands = (own.thousands if own else None) or tools.read.thousands
    text = trimmed(values)
    for sign, meant in _ALIKE:
        text = pc.replace_substring(text, sign, meant)
    groups = f"|[0-9]{{1,3}}({re.escape(thousands)}[0-9]{{3}})+" if thousands and thousands != decimal else ""
    percent = pc.match_substring_regex(text, r"[0-9]\s*[%\x{ff05}]$")
    text = pc.replace_substring_regex(text, r"\s*[%\x{ff05}]$", "")
    right = pc.match_substring_regex(text, rf"^[+-]?([0-9]+{groups})({re.escape(decimal)}[0-9]+)?$")
    if groups:
        text = pc.replace_substring(text, thousands, "")
    new = pc.replace_substring_regex(pc.replace_substring(text, decimal, "."), r"\.0+$", "")
    return _unless_empty(values, _rounded(_hundredths(new, pc.and_(percent, right))), right)


def _hundredths(texts: Any, percent: Any) -> Any:
    """Numbers with a percent sign as what they are in a workbook's cell: 20 % is 0.2."""
    if not pc.any(percent).as_py():
        return texts
    shown = [
        format(Decimal(text).scaleb(-2).normalize(), "f") if is_percent else text
        for text, is_percent in zip(texts.to_pylist(), percent.to_pylist(), strict=True)
    ]
    return _texts(shown)


def _rounded(texts: Any) -> Any:
    """Numbers with more decimal places than the contract takes, such as those of a workbook, rounded to as many."""
    long = pc.fill_null(pc.match_substring_regex(texts, rf"^[+-]?[0-9]+\.[0-9]{{{_PLACES + 1},}}$"), False)
    if not pc.any(long).as_py():
        return texts
    shown = [
        format(Decimal(text).quantize(Decimal(1).scaleb(-_PLACES), ROUND_HALF_UP), "f") if is_long else text
        for text, is_long in zip(texts.to_pylist(), long.to_pylist(), strict=True)
    ]
    return _texts(shown)


def _boolean(values: Any, column: Column, tools: Tools) -> Outcome:
    assert column.boolean is not None  # noqa: S101  the operation stands there
    words: dict[str, str] = {"true": "true", "false": "false"}
    for meant, listed in (("true", column.boolean.true), ("false", column.boolean.false)):
        words |= {word.strip().lower(): meant for word in listed}
    places = pc.index_in(folded(values, ignore_case=True), value_set=_texts([*words]))
    known = pc.is_valid(places)
    return pc.coalesce(_texts([*words.values()]).take(places), values), pc.or_(known, is_empty(values))


def _computed(tools: Tools, values: Any, *expressions: str) -> Sequence[Any]:
    """Expressions over the values, each of which is `v`."""
    give(tools.connection, "given", pa.table({"v": values}))
    wanted = ", ".join(f"{expression} as e{number}" for number, expression in enumerate(expressions))
    result = tools.connection.execute(f"select {wanted} from given").to_arrow_table()
    take_back(tools.connection, "given")
    return [column.combine_chunks() for column in result.columns]


def _unless_empty(values: Any, new: Any, right: Any) -> Outcome:
    """Values that are empty as they are; the others new where they are right."""
    empty = is_empty(values)
    right = pc.fill_null(right, False)
    return pc.if_else(pc.and_not(right, empty), new, values), pc.or_(right, empty)


def _all(values: Any) -> Any:
    return pc.is_valid(values)


def _texts(values: Sequence[str]) -> Any:
    return arrow.array(values, pa.string())


_OPERATIONS: dict[str, Callable[[Any, Column, Tools], Outcome]] = {
    "trim": _trim,
    "case": _case,
    "regex": _regex,
    "lookup": _lookup,
    "date": _date,
    "number": _number,
    "boolean": _boolean,
}
