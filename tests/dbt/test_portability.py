"""The models' SQL, with the portable default of each macro, holds nothing that an engine lacks or reads otherwise."""

from pathlib import Path

import pytest
import sqlglot
from dbt.contracts.graph.manifest import Manifest

from ..reference.comparing import differences, report
from ..reference.marts import reference_build
from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .portability.compiled import compiled_for_spark, portable, queries, with_defaults
from .portability.query import Query, in_order
from .portability.rules import ENGINES, EXAMPLES, RULES, Rule, table, violations
from .portability.sums import summed_doubles
from .warehouse import Warehouse

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"
DOUBLE = {"bigquery": "float64"}
"""The name of a double where it is not `double`."""


@pytest.fixture(scope="module")
def compiled(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> list[Query]:
    """All models and data tests, as an engine without macros of its own gets them."""
    return queries(portable(manifest), tmp_path_factory.mktemp("portable"))


def example(sql: str) -> Query:
    """A query over the relations of the rules' examples."""
    return Query("example", sql, EXAMPLES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_refuses_what_it_is_about_and_says_why(rule: Rule) -> None:
    assert rule.refused
    for sql in rule.refused:
        found = violations(example(sql), [rule])
        assert found, sql
        assert f"{rule.name} ({', '.join(rule.engines)}). {rule.why}" in found[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_rule_refuses_what_to_write_instead(rule: Rule) -> None:
    assert rule.accepted
    assert [found for sql in rule.accepted for found in violations(example(sql))] == []


def test_models_and_data_tests_hold_nothing_that_a_rule_refuses(compiled: list[Query]) -> None:
    assert {query.name for query in compiled} >= {"license_positions", "int_usage_windows", "license_positions_grain"}
    assert [line for query in compiled for line in violations(query)] == []


def test_types_are_known_to_the_rules_that_need_them(compiled: list[Query]) -> None:
    """A column of an unknown type would pass every rule about types."""
    unknown = {query.name: [name for name, kind in query.columns().items() if kind == "UNKNOWN"] for query in compiled}
    assert {name: columns for name, columns in unknown.items() if columns} == {}


def test_columns_that_add_up_doubles_are_derived() -> None:
    first = """
        with shares as (select name, share, id from t),
        sums as (select name, sum(share) as share_sum, sum(id) as id_sum from shares group by name)
        select name, share_sum * 2 as twice, id_sum from sums
    """
    second = """
        select name, twice > 1 as is_much, id_sum from made.a
        union all select name, false as is_much, 1 as id_sum from t
    """
    made = in_order([("made", "b", second), ("made", "a", first)], EXAMPLES)
    assert summed_doubles(made) == {("made.a", "twice"), ("made.b", "is_much")}


@pytest.mark.parametrize("dialect", [engine.lower() for engine in ENGINES if engine != "Databricks"])
def test_the_portable_defaults_parse_in_an_engines_dialect(dialect: str, compiled: list[Query]) -> None:
    """All that it proves is that the words are in an order which the dialect knows."""
    for query in compiled:
        sql = query.sql.replace("dbt_double", DOUBLE.get(dialect, "double")).replace("dbt_string", "varchar")
        assert sqlglot.parse(sql, read=dialect, error_level=sqlglot.ErrorLevel.RAISE), query.name


def test_the_macros_for_spark_parse_as_databricks(manifest: Manifest, tmp_path: Path) -> None:
    texts = {name: sql for _, name, sql in compiled_for_spark(manifest, tmp_path)}
    assert "sort_array(collect_list" in texts["int_peer_groups"]
    for name, sql in texts.items():
        sql = sql.replace("dbt_double", "double").replace("dbt_string", "string")
        assert sqlglot.parse(sql, read="databricks", error_level=sqlglot.ErrorLevel.RAISE), name


def test_a_translated_percentile_is_approximate_without_a_word() -> None:
    """Why a query that parses proves nothing."""
    exact = "select percentile_cont(0.25) within group (order by share) from t"
    translated = {name: sqlglot.transpile(exact, read="duckdb", write=name)[0] for name in ("databricks", "trino")}
    assert "PERCENTILE_APPROX" in translated["databricks"]
    assert "APPROX_PERCENTILE" in translated["trino"]
    assert sqlglot.transpile("select day + 1 from t", read="duckdb", write="trino") == ["SELECT day + 1 FROM t"]


def test_the_portable_defaults_make_the_same_marts(manifest: Manifest, tmp_path: Path) -> None:
    """DuckDB with the default of each dispatched macro, against the naive implementation."""
    first, last = write_portfolio(104, tmp_path / "landing")
    landing = Landing(tmp_path / "landing")
    warehouse = Warehouse(tmp_path, with_defaults(manifest))

    warehouse.build(first, last, warehouse.load_landing(landing, first, last))

    expected = reference_build(landing, first, last).marts
    found = warehouse.marts()
    assert found.keys() == expected.keys()
    for mart, rows in found.items():
        lines = differences(mart, rows, expected[mart])
        assert not lines, report("marts", mart, lines)


def test_the_page_lists_the_rules() -> None:
    page = PAGE.read_text().splitlines()
    head, *_ = lines = table()
    start = page.index(head)
    assert page[start : start + len(lines)] == lines
