"""What a command costs whatever the portfolio's size: a day of 60 customers, where the SQL is next to nothing."""

import shutil
from datetime import timedelta
from pathlib import Path

from expectations.contract import DATASETS

from .measuring import command, in_turn, measure, report
from .tiers import TIERS, Tier

BUILT_DAYS = 30
A_DAY = "materialize, a day with nothing new"


def bench_fixed_cost(data: Path, runs: int) -> None:
    """A day with nothing new, the day after it with new partitions, and the commands that only look."""
    tier = TIERS["S"]
    whole = tier.landing(data)
    landing, built, home = data / "fixed-landing", data / "fixed-built", data / "fixed-home"
    for folder in (landing, built):
        shutil.rmtree(folder, ignore_errors=True)
    yesterday = str(tier.last - timedelta(days=1))
    shutil.copytree(whole, landing, ignore=shutil.ignore_patterns(str(tier.last)))
    at = ("--landing", str(landing), "--home")
    first = str(tier.last - timedelta(days=BUILT_DAYS))
    shutil.rmtree(home, ignore_errors=True)
    measure(command("materialize", *at, str(home), "--from", first, "--to", yesterday))
    home.rename(built)  # copied back to where it was made: dbt parses again in a home that has moved
    _deliver_newest(tier, whole, landing)

    def as_built() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(built, home, symlinks=True)

    def materialize(day: str) -> tuple[str, ...]:
        return "materialize", *at, str(home), "--from", day, "--to", day

    contenders = {
        A_DAY: command(*materialize(yesterday)),
        "materialize, a new day ingested and checked": command(*materialize(str(tier.last))),
        "show": command("show", "--home", str(home)),
        "status": command("status", *at, str(home)),
    }
    samples = in_turn(contenders, runs, before_each=as_built)
    report(f"Fixed cost: {tier.customers} customers, {BUILT_DAYS} days published", samples, A_DAY)


def _deliver_newest(tier: Tier, whole: Path, landing: Path) -> None:
    for dataset in DATASETS:
        newest = whole / dataset / str(tier.last)
        if newest.exists():
            shutil.copytree(newest, landing / dataset / newest.name)
