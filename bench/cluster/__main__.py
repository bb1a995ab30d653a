"""`python -m bench.cluster compare TIER … --data DIR --results FILE`; `… table --results FILE`; `… model`."""

import argparse
import tempfile
from pathlib import Path

from . import comparing, model

SETTINGS = {
    # Two executors with one core each, as many cores as the machine of the figures in docs/scale.md has.
    "spark.executor.memory": "2g",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}
"""Of Spark, beside those of the tests' cluster."""


def main() -> None:
    """Measure, or print what was measured or follows as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    subcommands = parser.add_subparsers(dest="what", required=True)
    compare = subcommands.add_parser("compare", help="build the same days by DuckDB and by a cluster on this machine")
    compare.add_argument("tiers", nargs="*", default=["S", "M"], metavar="TIER", help="S, M, L; S and M when none")
    compare.add_argument("--days", nargs="+", type=int, default=[1, 30], help="how many of the newest days are built")
    compare.add_argument("--models", nargs="*", default=[], help="as dbt selects them; all when none")
    compare.add_argument("--data", type=Path, required=True, help="folder for simulated data, kept between calls")
    compare.add_argument("--runs", type=int, default=3, help="timed runs of each engine")
    shown = subcommands.add_parser("table", help="the measured runs as a table")
    for command in (compare, shown):
        command.add_argument("--results", type=Path, required=True, help="file of measured runs, added to")
    follows = subcommands.add_parser("model", help="a billion usage rows a day: sizes, times, limits, costs")
    follows.add_argument("--assumptions", type=Path, default=model.ASSUMPTIONS)
    arguments = parser.parse_args()
    if arguments.what == "model":
        print("\n".join(model.tables(model.read(arguments.assumptions))))
    elif arguments.what == "table":
        print("\n".join(comparing.table(arguments.results)))
    else:
        _compare(arguments)


def _compare(arguments: argparse.Namespace) -> None:
    from bench.speed.tiers import TIERS
    from tests.spark.cluster import started_cluster

    with tempfile.TemporaryDirectory() as events:
        settings = {**SETTINGS, "spark.eventLog.dir": f"file:{events}"}
        with started_cluster(settings) as cluster:
            data, results = arguments.data.absolute(), arguments.results
            tiers = [TIERS[name] for name in arguments.tiers]
            tasks = [comparing.Task(tier, days, tuple(arguments.models)) for tier in tiers for days in arguments.days]
            comparing.compare(tasks, data, cluster, Path(events), arguments.runs, results)
    print("\n".join(comparing.table(arguments.results)))


if __name__ == "__main__":
    main()
