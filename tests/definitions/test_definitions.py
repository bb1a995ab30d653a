"""What Dagster is told: assets, lineage, partitions, checks, pools, the job and its schedule."""

from datetime import timedelta

import dagster as dg
import pytest

from assets.partitions import DAILY
from contracts.project import dbt_project
from expectations.contract import DATASETS

from ..reference.contract import CONSTANT_COLUMNS, MART_COLUMNS

MARTS = MART_COLUMNS.keys() | CONSTANT_COLUMNS.keys()
PUBLICATION = dg.AssetKey(["serving", "portfolio"])


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def keys(graph, schema: str) -> set[str]:
    return {key.path[-1] for key in graph.materializable_asset_keys if key.path[0] == schema}


def test_there_is_a_raw_asset_a_dataset_and_an_asset_a_mart(graph):
    assert keys(graph, "raw") == DATASETS.keys()
    assert keys(graph, "marts") == MARTS
    assert keys(graph, "staging") == {f"stg_{name}" for name in DATASETS}


def test_lineage_leads_from_every_dataset_to_the_publication(graph):
    upstream = dg.AssetSelection.assets(PUBLICATION).upstream().resolve(graph)
    optional = {name for name, dataset in DATASETS.items() if not dataset.serves.required_for_days}
    beside = {dg.AssetKey(key) for name in optional for key in (["raw", name], ["staging", f"stg_{name}"])}
    assert upstream | beside == graph.materializable_asset_keys


def test_every_asset_is_partitioned_by_day_described_and_owned(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.partitions_def == DAILY, key
        assert node.description, key
        assert node.owners == ["team:data-platform"], key
        assert node.kinds, key
        assert node.group_name != "default", key


def test_layers_and_sections_are_groups(graph):
    sections = {folder.name for folder in (dbt_project() / "models" / "marts").iterdir() if folder.is_dir()}
    groups = {graph.get(key).group_name for key in graph.materializable_asset_keys}
    assert groups == {"raw", "staging", "intermediate", *sections, "serving"}
    assert {graph.get(dg.AssetKey(["marts", name])).group_name for name in MARTS} == sections


def test_dbt_tests_are_asset_checks_of_every_mart(graph):
    checked = {key.asset_key.path[-1] for key in graph.asset_check_keys}
    assert checked >= MARTS


def test_what_writes_the_warehouse_shares_a_pool(definitions):
    job = definitions.resolve_job_def("materialize")
    pools = {node.name: node.definition.pool for node in job.nodes}
    assert pools.pop("warehouse") == "warehouse"
    assert pools.pop("serving__portfolio") == "warehouse"
    assert set(pools.values()) == {"lake"}


def test_definitions_load_where_nothing_was_ever_run(definitions):
    dg.Definitions.validate_loadable(definitions)


def test_feeds_and_publication_carry_a_freshness_policy(graph):
    windows = {
        key: policy.fail_window.to_timedelta()
        for key in graph.materializable_asset_keys
        if (policy := graph.get(key).freshness_policy)
    }
    assert windows == {
        **{dg.AssetKey(["raw", name]): timedelta(days=4) for name in DATASETS},
        PUBLICATION: timedelta(days=2),
    }
