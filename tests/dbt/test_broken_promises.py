"""What breaks a contract stops a build, and is said in one line with model, column and day. So it is on Spark."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from storage.warehouse.queries import DuckDBQueries

from .edited import Edited
from .promises import (
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
from .warehouse import Warehouse, failures


@contextmanager
def asking(warehouse: Warehouse) -> Iterator[DuckDBQueries]:
    """The warehouse as the build left it."""
    with duckdb.connect(warehouse.path) as connection:
        yield DuckDBQueries(connection)


@pytest.mark.parametrize("broken", BROKEN_PORTFOLIOS, ids=lambda broken: broken.name)
def test_raw_rows_that_break_a_contract_are_said(warehouse: Warehouse, broken: Broken) -> None:
    load(warehouse, broken)
    said = said_of_build(warehouse, partial(asking, warehouse))
    assert re.fullmatch(broken.said, said), said


@pytest.mark.parametrize("broken", BROKEN_MODELS, ids=lambda broken: broken.name)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_model_that_breaks_its_contract_is_said(
    warehouse: Warehouse, manifest: Manifest, monkeypatch: pytest.MonkeyPatch, broken: BrokenModel, is_there: bool
) -> None:
    load(warehouse, AS_IT_SHOULD_BE)
    built = warehouse.dbt("run", *([] if is_there else ["--exclude", MODEL]))
    assert built.success, failures(built)
    edit(Edited(manifest, monkeypatch), broken)
    said = said_of_build(warehouse, partial(asking, warehouse), MODEL)
    assert re.fullmatch(broken.said, said), said
