"""Marts of portfolios that go back a year equal the naive implementation's, and cases come out as worked out by hand.

Marts that the project does not declare yet are not among its marts: they are held to both from the commit on that
declares them. `PORTFOLIO_FUZZ=50` tries that many portfolios, from a seed chosen anew each time.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ..golden.decisions import CASES, DAY, book_of, delivered
from ..golden.decisions.checking import disagreements
from ..reference.comparing import differences, report
from ..reference.contract import MART_COLUMNS
from ..reference.decisions.years import year_portfolio
from ..reference.marts import reference_build
from ..reference.memory import MemoryLanding
from .warehouse import Warehouse

FUZZ = int(os.environ.get("PORTFOLIO_FUZZ", "0"))
SEEDS = [secrets.randbelow(2**32) for _ in range(FUZZ)] or [3, 6]
Marts = dict[str, list[dict[str, Any]]]


def built(folder: Path, manifest: Manifest, landing: MemoryLanding, first: Any, last: Any) -> Marts:
    """The marts of a range, built and tested as the pipeline does it."""
    folder.mkdir(exist_ok=True)
    warehouse = Warehouse(folder, manifest)
    warehouse.build(first, last, warehouse.load_landing(landing, first, last))
    return warehouse.marts()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_years_portfolio_equals_the_naive_implementation(seed: int, tmp_path: Path, manifest: Manifest) -> None:
    partitions, first, last = year_portfolio(seed)
    landing = MemoryLanding(partitions)

    found = built(tmp_path, manifest, landing, first, last)

    expected = reference_build(landing, first, last).marts
    assert found.keys() == expected.keys() == MART_COLUMNS.keys()
    failures = [
        report(f"seed {seed}: marts", mart, lines)
        for mart, rows in expected.items()
        if (lines := differences(mart, found[mart], rows))
    ]
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="module")
def of_cases(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Iterator[Marts]:
    """All cases in one build, a partner each."""
    landing = MemoryLanding(delivered(book_of(name) for name in CASES))
    yield built(tmp_path_factory.mktemp("cases"), manifest, landing, DAY, DAY)


@pytest.mark.parametrize(
    "mart", sorted({mart for name in CASES for mart in book_of(name).expected} & MART_COLUMNS.keys())
)
def test_cases_come_out_as_worked_out(of_cases: Marts, mart: str) -> None:
    books = [book for book in map(book_of, CASES) if mart in book.expected]
    lines = [line for book in books for line in disagreements(book, mart, of_cases[mart])]
    assert books and not lines, "\n".join(lines)
