"""What breaks a contract stops a build on Spark as it does on DuckDB, and is said in the same words."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from ...dbt.edited import Edited
from ...dbt.promises import (
    AS_IT_SHOULD_BE,
    BROKEN_MODELS,
    BROKEN_PORTFOLIOS,
    MODEL,
    Broken,
    BrokenModel,
    edit,
    load,
    said_of_build,
)
from ...dbt.warehouse import failures
from ..warehouse import SparkWarehouse


@pytest.mark.parametrize("broken", BROKEN_PORTFOLIOS, ids=lambda broken: broken.name)
def test_raw_rows_that_break_a_contract_are_said(
    make_warehouse: Callable[[Path], SparkWarehouse], tmp_path: Path, broken: Broken
) -> None:
    warehouse = make_warehouse(tmp_path)
    load(warehouse, broken)
    warehouse.register()
    said = said_of_build(warehouse, lambda: nullcontext(warehouse.queries), f"+{broken.model}")
    assert re.fullmatch(broken.said, said), said


@pytest.fixture(scope="module")
def built(make_warehouse: Callable[[Path], SparkWarehouse], tmp_path_factory: pytest.TempPathFactory) -> SparkWarehouse:
    """A warehouse with two days as they should be, which are built."""
    made = make_warehouse(tmp_path_factory.mktemp("built"))
    load(made, AS_IT_SHOULD_BE)
    made.register()
    done = made.dbt("run", "--select", f"+{MODEL}")
    assert done.success, failures(done)
    return made


@pytest.mark.parametrize("broken", BROKEN_MODELS, ids=lambda broken: broken.name)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_model_that_breaks_its_contract_is_said(
    built: SparkWarehouse, manifest: Manifest, monkeypatch: pytest.MonkeyPatch, broken: BrokenModel, is_there: bool
) -> None:
    if not is_there:
        built.query(f"drop table if exists {built.schema}.{MODEL}")
    edit(Edited(manifest, monkeypatch), broken)
    said = said_of_build(built, lambda: nullcontext(built.queries), MODEL)
    assert re.fullmatch(broken.said, said), said
