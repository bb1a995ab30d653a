"""Tests that a build runs in one scan of a model: nothing is declared that it leaves out, and no row is overlooked."""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.dbt.check_sql import CheckSql

from .warehouse import Warehouse

AS_A_REF = re.compile(r"ref\('\w+'\)")
AS_A_CALL = re.compile(r"\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*")
DAY = date(2026, 3, 1)
COUNTS: list[object] = [None, -1, 0, 1, 2, 8]
AMOUNTS: list[object] = [None, Decimal("-0.5"), Decimal(0), Decimal("0.2"), Decimal(12)]
VALUES: dict[str, list[object]] = {
    "string": [None, "meetings", "calling", "active", "pending", "a"],
    "date": [None, DAY, date(2026, 3, 2)],
    "integer": COUNTS,
    "bigint": COUNTS,
    "hugeint": COUNTS,
    "decimal(38, 0)": COUNTS,
    "double": [None, 0.0, 0.5, 1.0, math.nan],
    "decimal(18,6)": AMOUNTS,
    "decimal(18, 6)": AMOUNTS,
    "decimal(38, 6)": AMOUNTS,
    "boolean": [None, False, True],
}


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> dict[str, CheckSql]:
    """The SQL of the project's tests, by name."""
    found = Warehouse(tmp_path_factory.mktemp("checks"), manifest).check_sql()
    return {manifest.nodes[check.unique_id].name: check for check in found}


def test_each_data_test_is_one_of_a_model_with_settings_that_running_them_together_keeps(manifest: Manifest) -> None:
    """What dbt knows beyond them (a limit, another condition of failing) is not in use: a build would leave it out."""
    for node in manifest.nodes.values():
        if node.resource_type != "test":
            continue
        config = node.config
        assert node.attached_node in manifest.nodes, node.name
        assert (config.limit, config.fail_calc, config.store_failures) == (None, "count(*)", None), node.name
        assert (config.warn_if, config.error_if, config.enabled) == ("!= 0", "!= 0", True), node.name
        assert config.severity.lower() in ("error", "warn"), node.name
        assert node.test_metadata.namespace is None, node.name
        model = manifest.nodes[node.attached_node].name
        arguments = dict(node.test_metadata.kwargs)
        assert arguments.pop("model") == f"{{{{ get_where_subquery(ref('{model}')) }}}}", node.name
        assert [text for text in texts(arguments) if "{{" in text or "{%" in text] == [], node.name
        calls = [text for text in texts(arguments) if AS_A_CALL.fullmatch(text)]
        assert calls == [value for value in arguments.values() if AS_A_REF.fullmatch(str(value))], node.name


def texts(value: Any) -> list[str]:
    """All texts in a value of YAML."""
    if isinstance(value, dict):
        return [text for item in value.items() for text in texts(list(item))]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [str(value)]


def test_tests_of_rows_are_counted_in_one_scan(manifest: Manifest, checks: dict[str, CheckSql]) -> None:
    kinds = {n.name: n.test_metadata.name for n in manifest.nodes.values() if n.resource_type == "test"}
    assert checks.keys() == kinds.keys()
    together = {"unique_grain", "rows_satisfy", "ratios", "accepted_values"}
    assert {kinds[name] for name, check in checks.items() if check.suspects} == together
    assert {kinds[name] for name, check in checks.items() if not check.suspects}.isdisjoint(together)


@pytest.mark.parametrize("kind", ["unique_grain", "rows_satisfy", "ratios", "accepted_values"])
def test_suspects_are_none_exactly_where_the_query_finds_nothing(
    kind: str, manifest: Manifest, checks: dict[str, CheckSql]
) -> None:
    found = [
        node for node in manifest.nodes.values() if node.resource_type == "test" and node.test_metadata.name == kind
    ]
    verdicts = set()

    @settings(max_examples=60, deadline=None)
    @given(node=st.sampled_from(found), data=st.data())
    def agree(node: Any, data: st.DataObject) -> None:
        types = [column.data_type for column in manifest.nodes[node.attached_node].columns.values()]
        # Few values a column: keys are repeated, and rows pass, often enough.
        values = [
            st.sampled_from(data.draw(st.lists(st.sampled_from(VALUES[of]), min_size=1, max_size=2))) for of in types
        ]
        rows = data.draw(st.lists(st.tuples(*values), max_size=4))
        suspects, failing = count(manifest.nodes[node.attached_node], rows, checks[node.name])
        verdicts.add(failing == 0)
        assert (suspects == 0) == (failing == 0)

    agree()
    assert verdicts == {True, False}


def test_tests_that_compare_tables_have_a_first_look(manifest: Manifest, checks: dict[str, CheckSql]) -> None:
    kinds = {n.name: n.test_metadata.name for n in manifest.nodes.values() if n.resource_type == "test"}
    compared = {"has_the_keys_of", "lists_positions", "finds_all_in"}
    assert {name for name, check in checks.items() if check.first_look} == {n for n in kinds if kinds[n] in compared}


@pytest.mark.parametrize("kind", ["has_the_keys_of", "lists_positions", "finds_all_in"])
def test_a_first_look_finds_nothing_exactly_where_the_query_does(
    kind: str, manifest: Manifest, checks: dict[str, CheckSql]
) -> None:
    found = [
        node for node in manifest.nodes.values() if node.resource_type == "test" and node.test_metadata.name == kind
    ]
    verdicts = set()

    @settings(max_examples=60, deadline=None)
    @given(node=st.sampled_from(found), data=st.data())
    def agree(node: Any, data: st.DataObject) -> None:
        models = [manifest.nodes[name] for name in node.depends_on.nodes if name.startswith("model.")]
        # A value or two for a column, whichever table has it: rows are equal, and differ, often enough.
        values = {
            column.name: st.sampled_from(data.draw(st.lists(st.sampled_from(VALUES[of]), min_size=1, max_size=2)))
            for model in models
            for column in model.columns.values()
            for of in [column.data_type]
        }
        tables = {}
        for model in models:
            row = st.tuples(*(values[name] for name in model.columns))
            tables[model.name] = model, data.draw(st.lists(row, max_size=3))
        check = checks[node.name]
        looked, failing = answers(list(tables.values()), [check.first_look, f"select count(*) from ({check.query})"])
        verdicts.add(failing == 0)
        assert (looked == 0) == (failing == 0)

    agree()
    assert verdicts == {True, False}


def count(model: Any, rows: list[tuple[object, ...]], check: CheckSql) -> list[int]:
    """The suspects and the failing rows of a model that has these rows."""
    queries = [f"select {check.suspects} from {check.rows}", f"select count(*) from ({check.query}) as failing"]
    return answers([(model, rows)], queries)


def answers(tables: list[tuple[Any, list[tuple[object, ...]]]], queries: list[str]) -> list[int]:
    """The numbers that queries find in a warehouse of these models with these rows."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse")
        for model, rows in tables:
            table = f"warehouse.{model.schema}.{model.name}"
            declared = ", ".join(f"{column.name} {column.data_type}" for column in model.columns.values())
            con.execute(f"create schema if not exists warehouse.{model.schema}")
            con.execute(f"create table {table} ({declared})")
            if rows:
                con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
        return [int(value) for query in queries for (value,) in con.execute(query).fetchall()]
