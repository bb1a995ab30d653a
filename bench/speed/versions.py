"""A range of days and a day, by this checkout and by an earlier commit in turn: what came since costs as much more."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from release.checkout import Checkout

from .measuring import Contender, command, in_turn, report
from .pipeline import copy_of
from .tiers import FIRST, Tier

ROOT = Path(__file__).resolve().parents[2]
BEFORE_DECISIONS = "87eeffb"
"""The last commit before the marts of decisions: 35 models, where there are 66 with them."""


def bench_versions(tier: Tier, data: Path, runs: int, commit: str = BEFORE_DECISIONS) -> None:
    """`portfolio materialize` of all days but the first three, and of the newest with those published.

    The ratio is of elapsed seconds; on a machine with other load compare the CPU seconds.
    """
    with _checkout(commit) as earlier:
        checkouts = {"before": earlier, "now": ROOT}
        homes = {name: copy_of(tier.loaded_home(data), data / f"{name}-{tier.name}") for name in checkouts}
        for first in (FIRST + timedelta(days=3), tier.last):
            contenders = {
                name: _materialize(code, homes[name], tier.landing(data), first, tier.last)
                for name, code in checkouts.items()
            }
            days = (tier.last - first).days + 1
            report(f"{days} days, tier {tier.name}, now and at {commit}", in_turn(contenders, runs), "before")


def _materialize(code: Path, home: Path, landing: Path, first: date, last: date) -> Contender:
    run = command(
        *("materialize", "--home", str(home), "--landing", str(landing), "--from", str(first), "--to", str(last))
    )

    def of_that_code() -> None:
        os.environ["PYTHONPATH"] = str(code)  # comes before the checkout that is installed
        run()

    return of_that_code


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        Checkout(ROOT).unpack(commit, Path(folder))
        yield Path(folder)
