"""The project's SQL as an engine without macros of its own gets it."""

import copy
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest

from expectations.contract import DATASETS

from ..warehouse import Warehouse, failures
from .query import Query, in_order

OURS = "macro.partner_portfolio."
DBT = {
    "dateadd": ("datepart, interval, date", "dbt_dateadd({{ date }}, {{ interval }})"),
    "datediff": ("first, last, datepart", "dbt_datediff({{ first }}, {{ last }})"),
    "type_string": ("", "dbt_string"),
    "except": ("", "union all"),
}
"""What each adapter translates by itself, as calls of a name instead of the SQL of one of them. `except` passes as
`union all`, so that one that a model spells out is seen."""


def with_defaults(manifest: Manifest) -> Manifest:
    """The project with the default of each dispatched macro of its own, whatever DuckDB has; DuckDB can run it."""
    project = copy.deepcopy(manifest)
    for name in [name for name in project.macros if name.startswith(f"{OURS}duckdb__")]:
        del project.macros[name]
    return project


def portable(manifest: Manifest) -> Manifest:
    """The same, with names for what the engine's adapter translates."""
    project = with_defaults(manifest)
    for name, (arguments, sql) in DBT.items():
        project.macros.pop(f"macro.dbt_duckdb.duckdb__{name}", None)
        _redefine(project, f"macro.dbt.default__{name}", arguments, sql)
    project.macros.pop("macro.dbt_duckdb.duckdb__generate_series", None)
    _redefine(project, f"{OURS}default__type_double", "", "dbt_double")
    return project


def compiled_for_spark(manifest: Manifest, folder: Path) -> list[tuple[str, str, str]]:
    """The SQL with Spark's dispatched macros, and the default of the others."""
    project = portable(manifest)
    for unique_id in [name for name in project.macros if name.startswith(f"{OURS}spark__")]:
        macro = copy.copy(project.macros[unique_id])
        macro.name = macro.name.replace("spark__", "duckdb__")
        macro.unique_id = unique_id.replace("spark__", "duckdb__")
        macro.macro_sql = macro.macro_sql.replace("macro spark__", "macro duckdb__", 1)
        project.macros[macro.unique_id] = macro
    return compiled(project, folder)


def compiled(project: Manifest, folder: Path) -> list[tuple[str, str, str]]:
    """Schema, name and SQL of all models, and of all data tests, whose schema is empty."""
    result = Warehouse(folder, project).dbt("compile", "--no-introspect")
    assert result.success, failures(result)
    nodes = [run.node for run in result.result if run.node.resource_type in ("model", "test")]
    return [(node.schema if node.resource_type == "model" else "", node.name, node.compiled_code) for node in nodes]


def queries(project: Manifest, folder: Path) -> list[Query]:
    """The same as queries that know the types of what they read."""
    raw = {
        f"raw.{dataset.name}": {dataset.date_column: "date"} | {c.name: c.lake_type for c in dataset.columns}
        for dataset in DATASETS.values()
    }
    return in_order(compiled(project, folder), raw)


def _redefine(project: Manifest, unique_id: str, arguments: str, sql: str) -> None:
    macro = copy.copy(project.macros[unique_id])
    macro.macro_sql = f"{{% macro {macro.name}({arguments}) -%}} {sql} {{%- endmacro %}}"
    project.macros[unique_id] = macro
