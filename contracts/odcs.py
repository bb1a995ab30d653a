"""The raw contract and the mart contract in the Open Data Contract Standard 3.1 (https://bitol.io), for catalogues.

Both come from where they are declared: `expectations.contract`, and what `contracts.marts` reads.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from contracts.marts import Mart, MartColumn
from expectations.contract import CONTRACT_VERSION, DATASETS, MARTS_CONTRACT_VERSION, Column, ColumnType, Dataset
from expectations.references import REFERENCES

_RAW_TYPES = {
    ColumnType.TEXT: "string",
    ColumnType.INTEGER: "integer",
    ColumnType.DECIMAL: "number",
    ColumnType.DATE: "date",
    ColumnType.BOOLEAN: "boolean",
}
_MART_TYPES = {"string": "string", "bigint": "integer", "double": "number", "date": "date", "boolean": "boolean"}

Document = dict[str, Any]

PRODUCT = "partner-portfolio"
"""The data product that both contracts are of, by its id."""
DOMAIN = "partner-analytics"
"""The domain of all of them."""


def contract_id(name: str) -> str:
    """The id of a contract, `raw` or `marts`."""
    return f"{PRODUCT}-{name}"


def raw_contract(landing: str, max_feed_age_days: int) -> Document:
    """The raw contract as an ODCS document.

    Args:
        landing: the folder that partitions are delivered to.
        max_feed_age_days: how many days a feed may lie behind.
    """
    return _document(
        "raw",
        CONTRACT_VERSION,
        "What a source delivers, a folder per dataset and UTC day.",
        "Ingested row by row: what breaks the contract is quarantined with its reasons.",
        [{"server": "landing", "type": "local", "path": f"{landing}/{{dataset}}/{{date}}/*", "format": "csv"}],
        [_dataset(dataset) for dataset in DATASETS.values()],
        [
            {"property": "frequency", "value": 1, "unit": "d"},
            {
                "property": "latency",
                "value": max_feed_age_days,
                "unit": "d",
                "description": "Up to which a feed is fresh.",
            },
        ],
    )


def mart_contract(published: str, max_publication_age_days: int, marts: Sequence[Mart]) -> Document:
    """The mart contract as an ODCS document.

    Args:
        published: the published DuckDB file.
        max_publication_age_days: how many days the publication may lie behind.
        marts: every mart, in any order.
    """
    return _document(
        "marts",
        MARTS_CONTRACT_VERSION,
        "What the portfolio was on each as-of date, by partner; figures are defined in docs/metrics.md.",
        "For dashboards and BI tools. `marts` holds all history, `marts_latest` the newest rows.",
        [
            {"server": "all_history", "type": "duckdb", "database": published, "schema": "marts"},
            {"server": "latest", "type": "duckdb", "database": published, "schema": "marts_latest"},
        ],
        [_mart(mart) for mart in sorted(marts, key=lambda mart: mart.name)],
        [
            {"property": "frequency", "value": 1, "unit": "d"},
            {"property": "latency", "value": max_publication_age_days, "unit": "d"},
        ],
    )


def as_yaml(document: Document) -> str:
    """The document as a YAML file's text."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _document(
    name: str,
    version: str,
    purpose: str,
    usage: str,
    servers: list[Document],
    schema: list[Document],
    agreements: list[Document],
) -> Document:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": contract_id(name),
        "name": f"Partner portfolio: {name}",
        "version": version,
        "status": "active",
        "domain": DOMAIN,
        "dataProduct": PRODUCT,
        "description": {"purpose": purpose, "usage": usage},
        "servers": servers,
        "schema": schema,
        "slaProperties": agreements,
    }


def _dataset(dataset: Dataset) -> Document:
    described: Document = {
        "name": dataset.name,
        "physicalType": "file",
        "logicalType": "object",
        "description": dataset.meaning,
        "dataGranularityDescription": f"{dataset.grain}, of the day that the folder names ({dataset.date_column}).",
        "properties": [_raw_property(dataset, column) for column in dataset.columns],
        "quality": list(_rules(dataset)),
    }
    references = [
        _reference(dataset.name, columns, reference.to.name, columns)
        for reference in REFERENCES
        if reference.dataset is dataset
        for columns in [("partner_id", *reference.columns)]
    ]
    return described | ({"relationships": references} if references else {})


def _raw_property(dataset: Dataset, column: Column) -> Document:
    described: Document = {
        "name": column.name,
        "logicalType": _RAW_TYPES[column.type],
        "physicalType": column.type.value,
        "description": column.meaning,
        "required": not column.nullable,
        **_key_position(column.name, dataset.key),
    }
    if options := _type_options(column):
        described["logicalTypeOptions"] = options
    if column.personal:
        described["classification"] = "confidential"
    if column.allowed:
        described["quality"] = [
            {
                "name": f"{column.name}_values",
                "type": "library",
                "metric": "invalidValues",
                "arguments": {"validValues": list(column.allowed)},
                "mustBe": 0,
                "dimension": "conformity",
            }
        ]
    return described


def _type_options(column: Column) -> Document:
    limits = {"minimum": column.minimum, "maximum": column.maximum}
    options: Document = {name: limit for name, limit in limits.items() if limit is not None}
    if column.type is ColumnType.DATE:
        options["format"] = "yyyy-MM-dd"
    if column.pattern:
        options["pattern"] = f"^{column.pattern}$"
    return options


def _rules(dataset: Dataset) -> Iterator[Document]:
    if dataset.summed:
        repeated = f"Rows that repeat a key add up in {dataset.summed}."
    else:
        repeated = "Of rows that repeat a key, the last one read stays; the others are quarantined."
    yield {"name": "repeated_keys", "type": "text", "description": repeated, "dimension": "uniqueness"}
    if dataset.ordered_dates:
        first, last = dataset.ordered_dates
        ordered = f"{last} is not before {first}."
        yield {"name": "ordered_dates", "type": "text", "description": ordered, "dimension": "consistency"}


def _mart(mart: Mart) -> Document:
    described: Document = {
        "name": mart.name,
        "physicalType": "table",
        "logicalType": "object",
        "description": mart.description,
        "dataGranularityDescription": mart.description[mart.description.rindex("One row per ") :],
        "properties": [_mart_property(column, mart.grain) for column in mart.columns],
        "quality": [
            {
                "name": test.name,
                "description": test.description,
                "type": "custom",
                "engine": "dbt",
                "implementation": test.name,
            }
            for test in mart.tests
        ],
    }
    references = [
        _reference(mart.name, list(columns), str(test.arguments["to"]).split("'")[1], list(columns.values()))
        for test in mart.tests
        if test.kind == "finds_all_in"
        for columns in [test.arguments["columns"]]
    ]
    return described | ({"relationships": references} if references else {})


def _mart_property(column: MartColumn, grain: Sequence[str]) -> Document:
    return {
        "name": column.name,
        "logicalType": _MART_TYPES[column.type],
        "physicalType": {"string": "varchar"}.get(column.type, column.type),
        "description": column.description,
        "required": not column.nullable,
        **_key_position(column.name, grain),
    }


def _key_position(column: str, key: Sequence[str]) -> Document:
    return {"primaryKey": True, "primaryKeyPosition": list(key).index(column) + 1} if column in key else {}


def _reference(table: str, columns: Sequence[str], to: str, others: Sequence[str]) -> Document:
    ends = [f"{table}.{column}" for column in columns], [f"{to}.{column}" for column in others]
    source, target = (end[0] if len(columns) == 1 else end for end in ends)
    return {"type": "foreignKey", "from": source, "to": target}
