"""The real command on random portfolios publishes what the naive implementation computes.

A few seeds in the normal suite; `PORTFOLIO_FUZZ=50` tries that many, chosen anew each time. The failing seed is in
Hypothesis's report; `python -m tests.reference.portfolios SEED DIR` writes its landing folder again.
"""

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ..reference.holds import hold_losses
from ..reference.marts import NOTHING_PUBLISHED, reference_build
from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .comparing import SNAPSHOT_DAYS_BEFORE, assert_ingestion_equal, assert_marts_equal
from .running import materialize

FUZZ = int(os.environ.get("PORTFOLIO_FUZZ", "0"))


# No shrinking: a smaller seed is no simpler portfolio.
@settings(
    max_examples=FUZZ or 1,
    deadline=None,
    database=None,
    derandomize=not FUZZ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(min_value=100, max_value=2**32 - 1))
@example(seed=8)  # blocked days and days without a snapshot, over the end of a month
@example(seed=10)  # three partners and a blocked day, over the end of February
@example(seed=21)  # published whole
def test_publishes_what_the_definitions_say(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix=f"portfolio-{seed}-") as folder:
        landing, home = Path(folder) / "landing", Path(folder) / "home"
        first, last = write_portfolio(seed, landing)
        _check(seed, landing, home, first, last)


def _check(seed: int, landing: Path, home: Path, first: date, last: date) -> None:
    source = Landing(landing)
    hold_losses(source, first - timedelta(days=SNAPSHOT_DAYS_BEFORE), last)
    expected = reference_build(source, first, last)
    finished = materialize(landing, home, first, last)
    assert finished.returncode == expected.exit_code, f"seed {seed}\n{finished.stdout}{finished.stderr}"
    published = home / "serving" / "portfolio.duckdb"
    if expected.exit_code == NOTHING_PUBLISHED:
        assert not published.exists()
        return
    assert_marts_equal(published, expected.marts)
    assert_ingestion_equal(published, source, first, last)
