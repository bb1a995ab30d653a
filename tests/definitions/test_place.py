"""A home among others in one instance: its assets, pools and runs are its own."""

from datetime import date

import dagster as dg
import pytest

from assets.place import Place
from assets.raw import raw_assets, raw_key
from assets.resources import Progress
from pipelines.definitions import build_definitions, workspace_of
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.running import run_materialize
from pipelines.runs.sensors import stale_sensor
from pipelines.settings import load_settings

from .asking import publish

DAY = date(2026, 3, 10)


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def settings_of(tmp_path, name):
    home = tmp_path / name
    (home / "landing" / "customers" / str(DAY)).mkdir(parents=True)
    rows = f"partner_id,customer_id,customer_name\np,of-{name},Ltd\n"
    (home / "landing" / "customers" / str(DAY) / "data.csv").write_text(rows)
    return load_settings(home=home, landing=home / "landing", name=name, instance=tmp_path / "runs")


def definitions_of(settings):
    """What of a home's definitions needs no dbt."""
    workspace = workspace_of(settings)
    return dg.Definitions(
        assets=raw_assets(workspace.place),
        jobs=[MATERIALIZE],
        sensors=[stale_sensor(settings)],
        executor=dg.in_process_executor,
        resources={"workspace": workspace, "progress": Progress()},
    )


def names(graph):
    return {key.to_user_string() for key in graph.materializable_asset_keys}


def test_every_asset_check_and_pool_has_the_home_s_name_and_no_other_thing_changes(definitions, empty_home):
    named = build_definitions(empty_home.model_copy(update={"name": "north"}))
    alone, graph = definitions.resolve_asset_graph(), named.resolve_asset_graph()
    assert names(graph) == {f"north/{name}" for name in names(alone)}
    assert {key.to_user_string() for key in graph.asset_check_keys} == {
        f"north/{key.to_user_string()}" for key in alone.asset_check_keys
    }
    for key in alone.materializable_asset_keys:
        ours, theirs = graph.get(dg.AssetKey(["north", *key.path])), alone.get(key)
        assert {parent.path[1:] and tuple(parent.path[1:]) for parent in ours.parent_keys} == {
            tuple(parent.path) for parent in theirs.parent_keys
        }, key
        assert (ours.group_name, ours.description) == (theirs.group_name, theirs.description)
    own = map(Place("north").within, named.resolve_all_asset_keys())  # as commands select them
    assert set(own) == set(definitions.resolve_all_asset_keys()) == set(map(Place().within, alone.get_all_asset_keys()))
    pools = {node.definition.pool for node in named.resolve_job_def("materialize").nodes}
    assert pools == {"lake_north", "warehouse_north"}


def test_a_run_in_one_home_touches_no_other(tmp_path, instance):
    north, south = (settings_of(tmp_path, name) for name in ("north", "south"))
    workspace = workspace_of(north)
    outcome = run_materialize(
        definitions_of(north),
        instance,
        DAY,
        DAY,
        assets=[raw_key("customers")],
        look_back=False,
        place=workspace.place,
    )
    assert outcome.success, outcome.cause
    assert [key.to_user_string() for key in instance.all_asset_keys()] == ["north/raw/customers"]
    with workspace.ledger() as ledger:
        assert [record.partition_date for record in ledger.partitions("customers")] == [DAY]
    assert [path.name for path in south.home.iterdir()] == ["landing"]


def test_the_sensor_asks_for_the_home_s_own_assets(tmp_path, instance):
    settings = settings_of(tmp_path, "north")
    publish(settings.home, [DAY])
    context = dg.build_sensor_context(instance=instance, resources={"workspace": workspace_of(settings)})
    sensor = definitions_of(settings).resolve_sensor_def("stale_days")
    (request,) = sensor.evaluate_tick(context).run_requests
    assert request.asset_selection == [dg.AssetKey(["north", "raw", "customers"])]
    assert request.run_config["ops"].keys() == {"north__raw__customers"}
