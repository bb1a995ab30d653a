"""Checks say which materialization they were of, and Dagster looks for all of them at once."""

from collections.abc import Iterator

import dagster as dg
import pytest

from assets.warehouse import look_up_together

NAMES = ("a", "b", "c")


def checked(*, together: bool) -> dg.AssetsDefinition:
    """Three assets of one step with a check each, told of when all are materialized."""

    @dg.multi_asset(
        specs=[dg.AssetSpec(name) for name in NAMES],
        check_specs=[dg.AssetCheckSpec("good", asset=name) for name in NAMES],
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        for name in NAMES:
            yield dg.MaterializeResult(asset_key=name)
        if together:
            look_up_together(context, {key.asset_key for key in context.selected_asset_check_keys})
        for name in NAMES:
            yield dg.AssetCheckResult(asset_key=name, check_name="good", passed=True)

    return step


@pytest.mark.parametrize(("together", "looks"), [(False, [["a"], ["b"], ["c"]]), (True, [["a", "b", "c"]])])
def test_a_check_is_of_the_materialization_before_it(together, looks, monkeypatch):
    looked_up: list[list[str]] = []
    with dg.instance_for_test() as instance:
        records = type(instance).get_asset_records

        def noting(self, keys):
            looked_up.append([key.to_user_string() for key in keys])
            return records(self, keys)

        monkeypatch.setattr(type(instance), "get_asset_records", noting)
        result = dg.materialize([checked(together=together)], instance=instance)
        assert [look for look in looked_up if look] == looks
        for name in NAMES:
            (record,) = instance.fetch_materializations(dg.AssetKey(name), limit=9).records
            (found,) = [one for one in result.get_asset_check_evaluations() if one.asset_key == dg.AssetKey(name)]
            of = found.target_materialization_data
            assert of is not None and (of.storage_id, of.run_id) == (record.storage_id, result.run_id)
