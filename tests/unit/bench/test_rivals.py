"""The comparison with other tools: what it can be asked, and that other rows, or a failure, end it.

Whether the contenders follow the rules as they are today is asked by the benchmark (bench/rivals/agreement.py).
"""

import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from bench.rivals import __main__ as rivals
from bench.rivals.agreement import DATA_FRAMES, require_agreement
from bench.rivals.contenders import CONTENDERS, Contender
from bench.rivals.job import COMPARED_MARTS, Job
from tests.reference.marts import reference_build
from tests.reference.portfolios import write_portfolio
from tests.reference.raw import Landing

SEED = 100


@cache
def expected(seed: int) -> dict[str, list[dict[str, Any]]]:
    """The marts of the naive implementation, built once."""
    with tempfile.TemporaryDirectory() as folder:
        first, last = write_portfolio(seed, Path(folder))
        return reference_build(Landing(Path(folder)), first, last).marts


def contender(leave_out: int = 0, script: str = "") -> Contender:
    """A contender that has the rows of the naive implementation, but for some, and then runs a script."""

    def prepare(job: Job) -> list[str]:
        marts = expected(SEED)
        with duckdb.connect() as connection:
            for mart in COMPARED_MARTS:
                connection.register("rows", pa.Table.from_pylist(marts[mart][leave_out:]))
                connection.execute(f"copy rows to '{job.result(mart)}' (format parquet)")
        return [sys.executable, "-c", script]

    return Contender("some", "some contender", 2, prepare)


def test_a_contender_with_the_same_rows_is_let_in(tmp_path: Path) -> None:
    assert require_agreement([contender()], tmp_path, [SEED]) is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: contender(leave_out=1), r"some contender and tests/reference differ(.|\n)*portfolio_kpis: 1 diff"),
        (lambda: contender(script="raise SystemExit('out of memory')"), "out of memory"),
    ],
    ids=["other rows", "a failure"],
)
def test_other_rows_or_a_failure_end_the_comparison(made: Callable[[], Contender], said: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=said):
        require_agreement([made()], tmp_path, [SEED])


def test_it_can_be_asked_for_some_contenders(monkeypatch: pytest.MonkeyPatch) -> None:
    window = ["--home", "h", "--from", "2026-01-01", "--to", "2026-03-31"]
    monkeypatch.setattr("sys.argv", ["rivals", *window, "--only", "polars", "sql"])
    assert rivals._arguments().only == ["polars", "sql"]
    monkeypatch.setattr("sys.argv", ["rivals", *window])
    assert set(rivals._arguments().only) == {known.key for known in CONTENDERS}
    monkeypatch.setattr("sys.argv", ["rivals", *window, "--only", "spark"])
    with pytest.raises(SystemExit):
        rivals._arguments()


def test_the_data_frames_are_contenders() -> None:
    assert set(DATA_FRAMES) < {known.key for known in CONTENDERS}
