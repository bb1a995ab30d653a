"""Contracts and data product by Bitol's standards: valid by their own schemas, and saying what is declared."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator

from contracts.marts import read_marts
from contracts.odcs import as_yaml, mart_contract, raw_contract
from contracts.odcs_next import as_3_2
from contracts.odps import data_product

from ...reference.contract import (
    BUYING_MODELS,
    CONSTANT_COLUMNS,
    COUNT_MINIMUM,
    DATASETS,
    MART_COLUMNS,
    MART_GRAIN,
    MAXIMUM,
    PRODUCTS,
    STATUSES,
)

SCHEMAS = Path(__file__).parents[2] / "odcs"
SCHEMA = json.loads((SCHEMAS / "odcs-v3.1.0.schema.json").read_text(encoding="utf-8"))
SCHEMA_3_2 = json.loads((SCHEMAS / "odcs-v3.2.0.schema.json").read_text(encoding="utf-8"))
ODPS_SCHEMA = json.loads((SCHEMAS / "odps-v1.1.0.schema.json").read_text(encoding="utf-8"))
RAW_TYPES = {"text": "string", "integer": "integer", "decimal": "number", "date": "date", "boolean": "boolean"}
MART_TYPES = {"BIGINT": "integer", "DOUBLE": "number", "DATE": "date", "VARCHAR": "string", "BOOLEAN": "boolean"}
Document = dict[str, Any]


@pytest.fixture
def raw() -> Document:
    return raw_contract("/data/landing", 3)


@pytest.fixture
def marts() -> Document:
    return mart_contract("/data/serving/portfolio.duckdb", 1, read_marts())


def tables(document: Document) -> dict[str, Document]:
    return {table["name"]: table for table in document["schema"]}


def key(table: Document) -> list[str]:
    positions = {p["primaryKeyPosition"]: p["name"] for p in table["properties"] if p.get("primaryKey")}
    assert sorted(positions) == list(range(1, len(positions) + 1))
    return [positions[number] for number in sorted(positions)]


@pytest.mark.parametrize("contract", ["raw", "marts"])
def test_a_contract_is_valid_by_the_standards_schema_also_as_a_file(
    contract: str, request: pytest.FixtureRequest
) -> None:
    document = request.getfixturevalue(contract)
    validator = Draft201909Validator(SCHEMA)

    assert [error.message for error in validator.iter_errors(document)] == []
    assert yaml.safe_load(as_yaml(document)) == document

    broken = copy.deepcopy(document)
    broken["schema"][0]["properties"][0]["logicalType"] = "text"
    assert not validator.is_valid(broken)


def test_the_raw_contract_has_every_column_key_and_rule(raw: Document) -> None:
    found = tables(raw)
    assert found.keys() == {dataset.name for dataset in DATASETS}
    for dataset in DATASETS:
        table = found[dataset.name]
        assert [(p["name"], p["logicalType"], p["required"]) for p in table["properties"]] == [
            (column.name, RAW_TYPES[column.kind], column.required) for column in dataset.columns
        ]
        assert key(table) == list(dataset.key)
        for column in table["properties"]:
            options = column.get("logicalTypeOptions", {})
            assert options.get("minimum") == COUNT_MINIMUM.get(column["name"])
            assert options.get("maximum") == MAXIMUM.get(column["name"])
            assert options.get("pattern") == {"currency": "^[A-Z]{3}$"}.get(column["name"])
            allowed = [rule["arguments"]["validValues"] for rule in column.get("quality", ())]
            lists = {"product": PRODUCTS, "status": STATUSES, "buying_model": BUYING_MODELS}
            assert allowed == ([list(lists[column["name"]])] if column["name"] in lists else [])


def test_the_raw_contract_names_what_is_personal_and_what_refers_to_what(raw: Document) -> None:
    personal = [
        (table["name"], column["name"])
        for table in raw["schema"]
        for column in table["properties"]
        if column.get("classification") == "confidential"
    ]
    assert personal == [("license_usage", "user_id")]
    assert tables(raw)["license_usage"]["relationships"] == [
        {
            "type": "foreignKey",
            "from": ["license_usage.partner_id", "license_usage.subscription_id"],
            "to": ["subscriptions.partner_id", "subscriptions.subscription_id"],
        }
    ]
    to_lines = [found for found in tables(raw)["contract_lines"]["relationships"] if len(found["from"]) > 2]
    columns = ("partner_id", "subscription_id", "product", "license_code")
    assert to_lines == [
        {
            "type": "foreignKey",
            "from": [f"contract_lines.{name}" for name in columns],
            "to": [f"license_assignments.{name}" for name in columns],
        }
    ]
    assert raw["servers"][0]["path"] == "/data/landing/{dataset}/{date}/*"


def test_the_mart_contract_has_every_mart_with_columns_types_and_grain(marts: Document) -> None:
    found = tables(marts)
    columns = MART_COLUMNS | CONSTANT_COLUMNS
    assert found.keys() == columns.keys()
    for name, expected in columns.items():
        assert [(p["name"], p["logicalType"]) for p in found[name]["properties"]] == [
            (column, MART_TYPES[kind]) for column, kind in expected.items()
        ]
        assert key(found[name]) == MART_GRAIN[name]
        assert all(p["required"] for p in found[name]["properties"] if p.get("primaryKey"))
        assert found[name]["dataGranularityDescription"].startswith("One row per ")
        assert all(rule["description"] for rule in found[name]["quality"])


def test_the_facts_references_are_those_of_the_star(marts: Document) -> None:
    references = tables(marts)["fct_license_positions"]["relationships"]
    assert {"type": "foreignKey", "from": "fct_license_positions.as_of_date", "to": "dim_dates.date_day"} in references
    assert {
        "type": "foreignKey",
        "from": ["fct_license_positions.as_of_date", "fct_license_positions.customer_key"],
        "to": ["dim_customers.as_of_date", "dim_customers.customer_key"],
    } in references
    assert len(references) == 4


@pytest.mark.parametrize("contract", ["raw", "marts"])
def test_a_contract_of_3_2_is_valid_and_says_the_same(contract: str, request: pytest.FixtureRequest) -> None:
    document = request.getfixturevalue(contract)
    before = copy.deepcopy(document)
    newer = as_3_2(document)
    validator = Draft201909Validator(SCHEMA_3_2)

    assert [error.message for error in validator.iter_errors(newer)] == []
    assert yaml.safe_load(as_yaml(newer)) == newer
    assert document == before
    assert newer["apiVersion"] == "v3.2.0"
    assert ("context" in newer) == (contract == "marts")

    newer.pop("context", None)
    for table in newer["schema"]:
        for column in table["properties"]:
            column.pop("enum", None)
    assert newer | {"apiVersion": "v3.1.0"} == before

    broken = as_3_2(document)
    broken["schema"][0]["properties"][0]["enum"] = [{"label": "of no value"}]
    assert not validator.is_valid(broken)


def test_columns_list_the_values_that_they_take(raw: Document) -> None:
    lists = {"product": PRODUCTS, "status": STATUSES, "buying_model": BUYING_MODELS}
    found = [column for table in as_3_2(raw)["schema"] for column in table["properties"]]

    for column in found:
        listed = [{"value": value} for value in lists.get(column["name"], ())]
        assert column.get("enum", []) == listed
    assert {column["name"] for column in found} >= lists.keys()


def test_the_data_product_is_valid_and_refers_to_both_contracts(raw: Document, marts: Document) -> None:
    document = data_product("metrics.osi.json")
    validator = Draft201909Validator(ODPS_SCHEMA)

    assert [error.message for error in validator.iter_errors(document)] == []
    assert yaml.safe_load(as_yaml(document)) == document
    (taken,), (given,) = document["inputPorts"], document["outputPorts"]
    assert (taken["contractId"], taken["version"]) == (raw["id"], raw["version"])
    assert (given["contractId"], given["version"]) == (marts["id"], marts["version"])
    assert given["inputContracts"] == [{"id": raw["id"], "version": raw["version"]}]
    assert document["id"] == raw["dataProduct"] == marts["dataProduct"]
    assert given["customProperties"][0]["value"] == "metrics.osi.json"

    assert not validator.is_valid(document | {"kind": "DataContract"})
