"""`python -m bench.speed WHAT … --data DIR`: Markdown tables on standard output."""

import argparse
import os
from datetime import timedelta
from pathlib import Path

from . import checks, fixed_cost, pipeline, scale, usage_windows, versions
from .measuring import machine
from .tiers import FIRST, HASH_KEY, TIERS

BENCHES = {
    "fixed": lambda data, runs: fixed_cost.bench_fixed_cost(data, runs),
    "windows-m": lambda data, runs: usage_windows.bench(TIERS["M"], data, runs),
    "windows-l": lambda data, runs: usage_windows.bench(TIERS["L"], data, runs),
    "ingest": lambda data, runs: pipeline.bench_ingest(TIERS["M"], data, runs),
    "checks": lambda data, runs: checks.bench_checks(checks.WEEK, data, runs),
    "day": lambda data, runs: pipeline.bench_build(TIERS["L"], data, runs, TIERS["L"].last),
    "daily": lambda data, runs: pipeline.bench_daily(TIERS["L"], data, runs),
    "range": lambda data, runs: pipeline.bench_build(TIERS["M"], data, runs, FIRST + timedelta(days=3)),
    "backfill": lambda data, runs: pipeline.bench_backfill(TIERS["M"], data, runs),
    "xl": lambda data, runs: scale.bench_scale(TIERS["M"], TIERS["XL"], data),
    "versions": lambda data, runs: versions.bench_versions(TIERS["M"], data, runs),
    "dashboard": lambda data, runs: pipeline.bench_dashboard(TIERS["L"], data),
}


def main() -> None:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"some of {', '.join(BENCHES)}; all when none")
    parser.add_argument("--data", type=Path, required=True, help="folder for simulated data, kept between calls")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each contender")
    arguments = parser.parse_args()
    # The command's settings: the lake was filled with this key, and no .env file of the caller's may matter.
    os.environ["PORTFOLIO_HASH_KEY"] = HASH_KEY
    os.environ["PORTFOLIO_BACKFILL_CHUNK_DAYS"] = "180"
    data = arguments.data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    print(machine())
    for name in arguments.what or BENCHES:
        BENCHES[name](data, arguments.runs)


if __name__ == "__main__":
    main()
