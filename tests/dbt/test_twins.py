"""What holds Spark's marts to DuckDB's sees a difference of the last bit: here between DuckDB and itself."""

import math
from datetime import date

import pytest
from dbt.contracts.graph.manifest import Manifest

from ..spark.twins import Twins, crowds, random_content, together
from .warehouse import Warehouse

DAY = date(2024, 2, 29)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Twins:
    """Two equal warehouses; the tests undo what they change."""
    one, other = (Warehouse(tmp_path_factory.mktemp(name), manifest) for name in ("one", "other"))
    made = Twins(one, other)
    made.put(together(random_content([2], DAY, DAY), crowds(DAY, DAY)))
    made.build(DAY, DAY)
    return made


def test_equal_marts_do_not_differ(twins: Twins) -> None:
    assert {"license_positions", "dim_dates", "overage_kpis"} <= set(twins.marts())
    assert len(twins.one.rows("license_positions")) > 200
    assert twins.differences() == []


def test_the_last_bit_of_a_float_is_a_difference(twins: Twins) -> None:
    where = "where partner_id = 'alike' and subscription_id = 's0'"
    ((ratio,),) = twins.other.query(f"select assignment_ratio from marts.license_positions {where}")
    changed = math.nextafter(ratio, 1)
    update = f"update marts.license_positions set assignment_ratio = {{}} {where}"
    twins.other.execute(update.format(f"{changed!r}::double"))
    try:
        (line,) = twins.differences()
        assert line.endswith(f"assignment_ratio is {changed!r}, expected {ratio!r}")
        twins.summed.add(("license_positions", "assignment_ratio"))
        assert twins.differences() == []
    finally:
        twins.summed.clear()
        twins.other.execute(update.format(f"{ratio!r}::double"))


def test_rows_and_columns_that_one_lacks_are_differences(twins: Twins) -> None:
    twins.other.execute("alter table marts.dim_products add column more integer")
    twins.other.execute("delete from marts.portfolio_kpis where partner_id = 'alike'")
    try:
        missing, *too_many = twins.differences()[::-1]
        assert "portfolio_kpis" in missing and missing.endswith("missing")
        assert set(too_many) == {"dim_products: has more, too"}
    finally:
        twins.other.execute("alter table marts.dim_products drop column more")


def test_a_changed_partition_is_built_by_both(twins: Twins) -> None:
    content = crowds(DAY, DAY)
    key = ("license_assignments", DAY)
    twins.put({key: [row | {"assigned_licenses": 3} for row in content[key]]})
    twins.build(DAY, DAY)
    alike = [row for row in twins.one.rows("license_positions") if row["partner_id"] == "alike"]
    assert [row["assigned_licenses"] for row in alike] == [3] * 8
    assert twins.differences() == []
