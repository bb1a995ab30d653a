"""What an OpenLineage event says of a run: names, days, columns, and nothing of a row."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from openlineage.client.serde import Serde

from pipelines.lineage.events import Places, Ran, events_of

from ....reference.contract import CONSTANT_COLUMNS, DATASETS, MART_COLUMNS

RUN = "0193c9a6-7a3e-7e67-a0f0-4a6e8c2d9b11"
AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
PLACES = Places(Path("/landing"), Path("/home/lake"), Path("/home/serving/portfolio.duckdb"))
WHOLE = Ran(RUN, "materialize", date(2026, 3, 1), date(2026, 3, 31), ("license_usage",), builds=True)
MARTS = sorted(MART_COLUMNS | CONSTANT_COLUMNS)


def told(ran, states, cause="", places=PLACES):
    return [json.loads(Serde.to_json(event)) for event in events_of(ran, states, AT, "jobs", places, cause)]


def names(datasets):
    return [(dataset["namespace"], dataset["name"]) for dataset in datasets]


def columns(dataset):
    return [(field["name"], field["type"]) for field in dataset["facets"]["schema"]["fields"]]


def test_a_run_has_an_event_and_each_of_its_parts_one():
    whole, ingest, build = told(WHOLE, {"ingest": "COMPLETE", "build": "COMPLETE"})

    assert [event["job"]["name"] for event in (whole, ingest, build)] == [
        "materialize",
        "materialize.ingest",
        "materialize.build",
    ]
    assert {event["job"]["namespace"] for event in (whole, ingest, build)} == {"jobs"}
    assert {event["eventType"] for event in (whole, ingest, build)} == {"COMPLETE"}
    assert {event["eventTime"] for event in (whole, ingest, build)} == {"2026-03-02T04:05:06.000+00:00"}
    assert whole["run"]["runId"] == RUN
    assert len({event["run"]["runId"] for event in (whole, ingest, build)}) == 3
    for part in (ingest, build):
        assert part["run"]["facets"]["parent"]["run"]["runId"] == RUN
        assert part["run"]["facets"]["parent"]["job"] == {"facets": {}, "name": "materialize", "namespace": "jobs"}
    assert (whole["inputs"], whole["outputs"]) == ([], [])


def test_the_ids_of_a_runs_parts_are_the_same_in_each_event():
    ids = [[event["run"]["runId"] for event in told(WHOLE, dict.fromkeys(WHOLE.parts, s))] for s in ("START", "FAIL")]

    assert ids[0] == ids[1]


def test_the_nominal_time_is_the_as_of_days():
    for event in told(WHOLE, {"ingest": "START", "build": "START"}):
        nominal = event["run"]["facets"]["nominalTime"]
        assert (nominal["nominalStartTime"], nominal["nominalEndTime"]) == (
            "2026-03-01T00:00:00+00:00",
            "2026-04-01T00:00:00+00:00",
        )


def test_data_sets_lead_from_landing_to_the_marts():
    _, ingest, build = told(WHOLE, {"ingest": "COMPLETE", "build": "COMPLETE"})

    assert names(ingest["inputs"]) == [("file", "/landing/license_usage")]
    assert names(ingest["outputs"]) == [("file", "/home/lake/license_usage")]
    assert sorted(names(build["inputs"])) == sorted(("file", f"/home/lake/{dataset.name}") for dataset in DATASETS)
    assert names(build["outputs"]) == [
        ("duckdb:///home/serving/portfolio.duckdb", f"portfolio.marts.{mart}") for mart in MARTS
    ]


def test_columns_are_told_with_where_they_are_from_and_a_person_is_masked():
    _, ingest, build = told(WHOLE, {"ingest": "COMPLETE", "build": "COMPLETE"})

    (usage,) = [dataset for dataset in DATASETS if dataset.name == "license_usage"]
    assert [name for name, _ in columns(ingest["inputs"][0])] == [column.name for column in usage.columns]
    assert dict(columns(ingest["outputs"][0]))["user_id"] == "bigint"
    lineage = ingest["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert lineage.keys() == {column.name for column in usage.columns}
    for name, field in lineage.items():
        (source,) = field["inputFields"]
        assert (source["namespace"], source["name"], source["field"]) == ("file", "/landing/license_usage", name)
        (made,) = source["transformations"]
        assert (made["subtype"], made["masking"]) == (
            ("TRANSFORMATION", True) if name == "user_id" else ("IDENTITY", False)
        )
    for dataset, mart in zip(build["outputs"], MARTS, strict=True):
        assert [name for name, _ in columns(dataset)] == list((MART_COLUMNS | CONSTANT_COLUMNS)[mart])


@pytest.mark.parametrize("state", ["START", "FAIL", "ABORT"])
def test_columns_are_told_of_what_was_written_alone(state):
    for event in told(WHOLE, dict.fromkeys(WHOLE.parts, state)):
        assert all(dataset["facets"] == {} for dataset in (*event["inputs"], *event["outputs"]))


def test_a_failure_says_why_without_what_it_quotes():
    cause = "check portfolio_kpis_adds_up found 'Acme Ltd' at https://user:secret@example.com/x"

    whole, ingest, build = told(WHOLE, {"ingest": "COMPLETE", "build": "FAIL"}, cause)

    assert [event["eventType"] for event in (whole, ingest, build)] == ["FAIL", "COMPLETE", "FAIL"]
    assert "errorMessage" not in ingest["run"]["facets"]
    for event in (whole, build):
        message = event["run"]["facets"]["errorMessage"]["message"]
        assert message.startswith("check portfolio_kpis_adds_up found")
        assert not any(word in message for word in ("Acme", "secret", "example.com"))


def test_a_part_without_a_state_and_a_run_without_parts_are_not_told():
    assert [event["job"]["name"] for event in told(WHOLE, {"ingest": "FAIL"})] == ["materialize", "materialize.ingest"]
    assert told(Ran(RUN, "materialize", WHOLE.first, WHOLE.last, (), builds=False), {}) == []


def test_who_does_the_work_is_told():
    whole, ingest, build = told(WHOLE, {"ingest": "START", "build": "START"})

    assert "processing_engine" not in whole["run"]["facets"]
    for event in (ingest, build):
        engine = event["run"]["facets"]["processing_engine"]
        assert (engine["name"], engine["version"]) == ("DuckDB", duckdb.__version__)
