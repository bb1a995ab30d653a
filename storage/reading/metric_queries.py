"""Metrics of the semantic layer, queried by MetricFlow on the published file: it is read-only, and no dbt runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from contracts.osi import MIXED
from expectations.sql_text import sql_text
from expectations.wording import one_line
from storage.files.atomic import StorageError

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine

_CATALOG = "warehouse"
"""The database that dbt's semantic manifest names: the published file is attached under it."""


class MetricError(StorageError):
    """Why a metric query can't be answered, in one line."""


@dataclass(frozen=True)
class MetricQuery:
    """Which metrics, and by what.

    `group_by` and `order_by` are MetricFlow's names (`metric_time__day`, `position__product`, `partner`); `where` are
    its filters, such as `{{ Dimension('position__product') }} = 'calling'`.
    """

    metrics: Sequence[str]
    group_by: Sequence[str] = ()
    where: Sequence[str] = ()
    order_by: Sequence[str] = ()
    limit: int | None = None


@dataclass(frozen=True)
class MetricTable:
    """The answer: columns, rows, and the SQL that gave them."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    sql: str


class Metrics:
    """The metrics of a dbt project's semantic_manifest.json."""

    def __init__(self, semantic_manifest: Path) -> None:
        self._engine = _engine(semantic_manifest)

    def names(self) -> dict[str, str]:
        """What each metric is, by its name; but for sums over all currencies, which other metrics are made of."""
        listed = self._engine.list_metrics(include_dimensions=False)
        return {metric.name: metric.description or "" for metric in listed if not metric.name.endswith(MIXED)}

    def money(self) -> frozenset[str]:
        """The metrics that are amounts: sums over all currencies, and what is made of these."""
        listed = self._engine.list_metrics(include_dimensions=False)
        made_of = {metric.name: [part.name for part in metric.type_params.metrics or ()] for metric in listed}
        return frozenset(
            name for name, parts in made_of.items() if any(part.endswith(MIXED) for part in (name, *parts))
        )

    def sql(self, query: MetricQuery) -> str:
        """The query as SQL.

        Raises:
            MetricError: no such metric or dimension, or a filter that MetricFlow can't read.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        try:
            request = MetricFlowQueryRequest.create(
                metric_names=list(query.metrics),
                group_by_names=list(query.group_by) or None,
                where_constraints=list(query.where) or None,
                order_by_names=list(query.order_by) or None,
                limit=query.limit,
            )
            return self._engine.explain(request).sql_statement.sql
        except Exception as error:
            # MetricFlow's errors of a query have no common class.
            raise MetricError(_one_line(error)) from error

    def query(self, published: Path, query: MetricQuery) -> MetricTable:
        """Answer a query from a published file."""
        sql = self.sql(query)
        with duckdb.connect() as connection:
            connection.execute(f"attach {sql_text(published)} as {_CATALOG} (read_only)")
            try:
                result = connection.execute(sql)
            except duckdb.Error as error:
                raise MetricError(str(error).splitlines()[0]) from error
            return MetricTable([column[0] for column in result.description], result.fetchall(), sql)


class _SqlOnly:
    """What MetricFlow's engine asks of a SQL client to make SQL; it runs nothing."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        self.sql_engine_type = SqlEngine.DUCKDB
        self.sql_plan_renderer = DuckDbSqlPlanRenderer()


def _engine(semantic_manifest: Path) -> "MetricFlowEngine":
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    manifest = parse_manifest_from_dbt_generated_manifest(semantic_manifest.read_text(encoding="utf-8"))
    return MetricFlowEngine(SemanticManifestLookup(manifest), _SqlOnly())  # type: ignore[arg-type]


def _one_line(error: Exception) -> str:
    """What MetricFlow's explanation of a page says is wrong, and the names that it suggests, as one line."""
    text = str(error)
    raised = re.findall(r"^\s*[\w.]*(?:Error|Exception): (.+)$", text, re.MULTILINE)
    if "Got exception:" in text and raised:
        return f"the filter can't be read: {raised[-1]}"
    said = re.search(r"Message:\s*(.+?)(?:\n\s*\n|Suggestions:|Common issues|$)", text, re.DOTALL)
    asked = re.search(r"Query Input:\s*(.+)", text)
    listed = re.search(r"Suggestions:\s*\[([^\]]*)\]", text)
    suggested = re.findall(r"[\"']([^\"'\s]+)[\"']", listed[1]) if listed else []
    line = one_line(said[1] if said else text) or type(error).__name__
    if asked is not None:
        line = f"{one_line(asked[1])}: {line}"
    return f"{line} Perhaps: {', '.join(suggested[:3])}" if suggested else line
