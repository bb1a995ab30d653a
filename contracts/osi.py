"""The semantic layer in Open Semantic Interchange 0.1.1 (https://github.com/apache/ossie), for tools without dbt.

dbt writes such a document itself. It is about dbt's warehouse, which nobody else opens; its keys are expressions where
the format has columns; it joins whatever shares a partner; and which column is whose it leaves open. The same converter
makes this one, of what is said more exactly before, and of what the marts declare.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contracts.marts import Mart

if TYPE_CHECKING:
    from metricflow_semantic_interfaces.implementations.metric import PydanticMetric
    from metricflow_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from metricflow_semantic_interfaces.implementations.semantic_model import PydanticSemanticModel

Document = dict[str, Any]

MIXED = "_of_all_currencies"
"""How metrics end that would add amounts of several currencies: others are made of them, where there is one."""
_NAME = "partner_portfolio"
_LEVEL = "A level: of one as_of_date, never summed over dates."
HOW_TO_ASK = (
    "Rows are of one as_of_date each, and each date has all rows again. Group by as_of_date, or filter on one, before a"
    " figure is added up that is a level; its description says so. Customers and subscriptions are those of the date."
)
"""What whoever asks has to know, a person or a program."""
_WORD = re.compile(r"'(?:[^']|'')*'|(?<![\w.])[a-z_]\w*(?![\w.(])")
"""A text, or a name that stands alone."""


def semantic_model(semantic_manifest: str, database: str, marts: Sequence[Mart]) -> Document:
    """The semantic layer as an OSI document: data sets by name, each with its key, and metrics by name.

    Args:
        semantic_manifest: the text of dbt's semantic_manifest.json.
        database: the database that readers have the marts in, by the name under which they open it.
        marts: every mart, in any order.
    """
    from metricflow.converters.msi_to_osi import MSIToOSIConverter
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest

    manifest = parse_manifest_from_dbt_generated_manifest(semantic_manifest)
    declared = {mart.name: mart for mart in marts}
    models = {model.name: declared[model.node_relation.alias] for model in manifest.semantic_models}
    for metric in manifest.metrics:
        _qualify(metric, models)
    written: Document = json.loads(MSIToOSIConverter().convert(manifest, _NAME).output.to_osi_json())
    (model,) = written["semantic_model"]
    schemas = {found.name: found.node_relation.schema_name for found in manifest.semantic_models}
    model["relationships"] = sorted(_relationships(manifest, models), key=lambda one: str(one["name"]))
    referred = {one["to"]: one["to_columns"] for one in model["relationships"]}
    model["datasets"] = [
        _dataset(dataset, f"{database}.{schemas[dataset['name']]}", models[dataset["name"]])
        | ({"unique_keys": [referred[dataset["name"]]]} if dataset["name"] in referred else {})
        for dataset in sorted(model["datasets"], key=lambda dataset: str(dataset["name"]))
    ]
    model["metrics"] = list(_metrics(manifest, model["metrics"]))
    return written | {"semantic_model": [{"name": _NAME, "ai_context": {"instructions": HOW_TO_ASK}} | model]}


def as_json(document: Document) -> str:
    """The document as a JSON file's text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _qualify(metric: "PydanticMetric", models: Mapping[str, Mart]) -> None:
    """Have the columns that a metric adds up name their data set; a count of rows, which has none, counts their key."""
    parameters = metric.type_params.metric_aggregation_params
    if parameters is None:
        return
    dataset, expression = parameters.semantic_model, metric.type_params.expr or metric.name
    mart = models[dataset]
    if not _named(expression, mart):
        expression = f"case when {mart.grain[0]} is not null then {expression} end"
    named = _named(expression, mart)
    metric.type_params.expr = _WORD.sub(
        lambda found: f"{dataset}.{found[0]}" if found[0] in named else found[0], expression
    )
    metric.type_params.measure = None  # the converter would take the measure's expression again


def _named(expression: str, mart: Mart) -> list[str]:
    """The columns that an expression names, in its order."""
    columns = {column.name for column in mart.columns}
    found = (word for word in _WORD.findall(expression) if word in columns)
    return list(dict.fromkeys(found))


def _dataset(dataset: Document, schema: str, mart: Mart) -> Document:
    """A data set as readers have it: of their database, by its mart's key, and with each column that a field is of."""
    fields = {field["name"]: field for field in dataset["fields"]}
    wanted = [name for field in fields.values() for name in _named(_expression(field), mart)]
    fields |= {name: _field(name) for name in [*mart.grain, *wanted] if name not in fields}
    return {
        "name": dataset["name"],
        "source": f"{schema}.{mart.name}",
        "primary_key": list(mart.grain),
        "description": dataset["description"],
        "fields": [fields[name] for name in sorted(fields)],
    }


def _field(column: str) -> Document:
    return {"name": column, "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": column}]}}


def _expression(described: Document) -> str:
    return str(described["expression"]["dialects"][0]["expression"])


def _relationships(manifest: "PydanticSemanticManifest", models: Mapping[str, Mart]) -> Iterator[Document]:
    """From each data set that refers to another's key, by columns: a key that is joined text is as many columns."""
    ends = {
        entity.name: (model.name, _named(entity.expr or entity.name, models[model.name]))
        for model, entity in _entities(manifest.semantic_models)
        if entity.type.value in ("primary", "unique")
    }
    for model, entity in _entities(manifest.semantic_models):
        if entity.type.value == "foreign" and entity.name in ends:
            to, to_columns = ends[entity.name]
            yield {
                "name": f"{model.name}_to_{to}",
                "from": model.name,
                "to": to,
                "from_columns": _named(entity.expr or entity.name, models[model.name]),
                "to_columns": to_columns,
            }


def _entities(models: Iterable["PydanticSemanticModel"]) -> Iterator[tuple["PydanticSemanticModel", Any]]:
    return ((model, entity) for model in models for entity in model.entities)


def _metrics(manifest: "PydanticSemanticManifest", written: Sequence[Document]) -> Iterator[Document]:
    """The metrics by name, but for sums over all currencies; ratios as fractions, null where there is nothing below."""
    declared = {metric.name: metric for metric in manifest.metrics}
    expressions = {metric["name"]: _expression(metric) for metric in written}
    levels = {name for name, metric in declared.items() if _is_level(metric, declared)}
    for metric in sorted(written, key=lambda metric: str(metric["name"])):
        name = metric["name"]
        if name.endswith(MIXED):
            continue
        expression, parameters = expressions[name], declared[name].type_params
        if parameters.numerator is not None and parameters.denominator is not None:
            above, below = expressions[parameters.numerator.name], expressions[parameters.denominator.name]
            expression = f"CAST({above} AS DOUBLE PRECISION) / NULLIF({below}, 0)"
        yield {
            "name": name,
            "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": expression}]},
            "description": " ".join([metric["description"], *([_LEVEL] if name in levels else [])]),
        }


def _is_level(metric: "PydanticMetric", declared: Mapping[str, "PydanticMetric"]) -> bool:
    """Whether MetricFlow takes one date's figure instead of adding dates up."""
    parameters = metric.type_params
    if parameters.metric_aggregation_params is not None:
        return parameters.metric_aggregation_params.non_additive_dimension is not None
    inputs = [*(parameters.metrics or ()), parameters.numerator, parameters.denominator]
    return any(_is_level(declared[one.name], declared) for one in inputs if one is not None)
