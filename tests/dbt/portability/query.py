"""A compiled query as tokens, as it is parsed, and with the type of each expression."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema
from sqlglot.tokens import Token, TokenType

Columns = Mapping[str, str]
"""A relation's columns with their types."""

TYPES = {"dbt_double": "double", "dbt_string": "text"}
"""The names that stand for what dbt or a dispatched macro names in each engine, and what they are in DuckDB."""

_KEYWORDS = """
    all and any as by case cast distinct else except exists filter from full having in inner intersect join left not on
    or outer over partition right select some then union using values when where with within
"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""Words that a parenthesis may follow and that call nothing."""


class _NullsLow(DuckDB):
    NULL_ORDERING = "nulls_are_small"


class _NullsHigh(DuckDB):
    NULL_ORDERING = "nulls_are_large"


class Query:
    """One query, the relations that it reads by their names, and its own, empty where nothing reads its result."""

    def __init__(self, name: str, sql: str, relations: Mapping[str, Columns], relation: str = "") -> None:
        self.name = name
        self.sql = sql
        self.relation = relation
        self._relations = relations

    @cached_property
    def tokens(self) -> list[Token]:
        """The query's words and signs, without comments."""
        return list(sqlglot.tokenize(self.sql, read="duckdb"))

    @cached_property
    def parsed(self) -> exp.Expression:
        """The tree, as it is written."""
        return sqlglot.parse_one(self.sql, read="duckdb")

    @cached_property
    def typed(self) -> exp.Expression:
        """The tree with each column's table and each expression's type, as far as it is known."""
        schema = self._schema
        tree = qualify(self._in_known_types(), schema=schema, dialect="duckdb", validate_qualify_columns=False)
        return annotate_types(tree, schema=schema, dialect="duckdb")

    @cached_property
    def unresolved(self) -> list[exp.Column]:
        """Columns that no relation of their query has: aliases of the same select."""
        tree = qualify(
            self._in_known_types(),
            schema=self._schema,
            dialect="duckdb",
            expand_alias_refs=False,
            validate_qualify_columns=False,
        )
        return [column for column in tree.find_all(exp.Column) if not column.table and _is_alias(column)]

    @cached_property
    def without_null_order(self) -> list[exp.Ordered]:
        """Sort keys that don't say where nulls go: an engine's default moves them."""
        low, high = (self._sort_keys(dialect) for dialect in (_NullsLow, _NullsHigh))
        return [
            key
            for key, other in zip(low, high, strict=True)
            if key.args.get("nulls_first") != other.args.get("nulls_first")
        ]

    def calls(self) -> Iterator[str]:
        """The names of called functions, as they are spelt, in lower case."""
        for token, after in zip(self.tokens, self.tokens[1:], strict=False):
            word = token.text.lower()
            is_word = token.token_type not in (TokenType.IDENTIFIER, TokenType.STRING) and word.isidentifier()
            if after.token_type == TokenType.L_PAREN and is_word and word not in KEYWORDS:
                yield word

    def columns(self) -> dict[str, str]:
        """The columns of the result with their types."""
        return {column.alias_or_name: column.type.sql("duckdb") for column in self.typed.selects if column.type}

    def relations(self) -> set[str]:
        """The relations that it reads, as `schema.name`."""
        return {f"{table.db}.{table.name}" for table in self.parsed.find_all(exp.Table) if table.db}

    def _sort_keys(self, dialect: type[Dialect]) -> list[exp.Ordered]:
        return list(sqlglot.parse_one(self.sql, read=dialect).find_all(exp.Ordered))

    def _in_known_types(self) -> exp.Expression:
        def known(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.DataType) and str(node.args.get("kind") or "").lower() in TYPES:
                return exp.DataType.build(TYPES[str(node.args["kind"]).lower()], dialect="duckdb")
            if isinstance(node, exp.Table) and node.db:
                node.set("catalog", None)
            return node

        tree = self.parsed.copy().transform(known)
        for node in list(tree.find_all(exp.Replace)):  # whose type is not known to the parser
            node.replace(exp.cast(node.copy(), "text", dialect="duckdb"))
        return tree

    @property
    def _schema(self) -> MappingSchema:
        schema = MappingSchema(dialect="duckdb")
        needed = self.relations() | {name for name in self._relations if "." not in name}
        deep = any("." in name for name in needed)
        for name in needed & self._relations.keys():
            schema.add_table(name if "." in name or not deep else f"main.{name}", dict(self._relations[name]))
        return schema


def in_order(queries: Iterable[tuple[str, str, str]], relations: Mapping[str, Columns]) -> list[Query]:
    """Queries after those whose relations they read, each with the types of these.

    Args:
        queries: schema, name and SQL; no schema where nothing reads the result.
        relations: what is read besides them, as `schema.name`.
    """
    known = dict(relations)
    waiting = [Query(name, sql, known, f"{schema}.{name}" if schema else "") for schema, name, sql in queries]
    made = {query.relation for query in waiting} - {""}
    done: list[Query] = []
    while waiting:
        ready = [query for query in waiting if not (query.relations() & made) - known.keys()]
        assert ready, f"a circle: {[query.name for query in waiting]}"
        known |= {query.relation: query.columns() for query in ready if query.relation}
        waiting = [query for query in waiting if query not in ready]
        done += ready
    return done


def _is_alias(column: exp.Column) -> bool:
    """Whether a column is named by its own select, as something else than a column of that name.

    The order of a whole query's result is left out: it sees aliases in every engine.
    """
    around = column.find_ancestor(exp.Order, exp.Select)
    select = column.find_ancestor(exp.Select)
    if (isinstance(around, exp.Order) and isinstance(around.parent, exp.Query)) or not isinstance(select, exp.Select):
        return False
    named = {item.alias_or_name: item.unalias() for item in select.selects}
    meant = named.get(column.name)
    return meant is not None and not (isinstance(meant, exp.Column) and meant.name == column.name)
