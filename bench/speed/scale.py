"""The way from landing to publication at ten million seats, against that of two hundred thousand."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from expectations.contract import LICENSE_USAGE

from .measuring import command, measure
from .tiers import FIRST, Tier


def bench_scale(small: Tier, large: Tier, data: Path) -> None:
    """`portfolio materialize` of all days into an empty home, once for each tier: seconds a million usage rows."""
    print(f"\n### All days ingested, built, checked and published, tiers {small.name} and {large.name}\n")
    print("| tier | usage rows | seconds | CPU seconds | seconds a million rows | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    found = []
    for tier in (small, large):
        landing, home = tier.landing(data), data / f"scale-{tier.name}"
        shutil.rmtree(home, ignore_errors=True)
        days = ("--from", str(FIRST), "--to", str(tier.last))
        sample = measure(command("materialize", "--home", str(home), "--landing", str(landing), *days))
        shutil.rmtree(home)
        files = (landing / LICENSE_USAGE.name).glob("*/*.parquet")
        millions = sum(pq.read_metadata(file).num_rows for file in files) / 1e6
        found.append(sample.seconds / millions)
        print(
            f"| {tier.name} | {millions:.1f} million | {sample.seconds:.0f} | {sample.cpu:.0f} | {found[-1]:.2f}"
            f" | {sample.peak_mib:,.0f} MiB |",
            flush=True,
        )
    print(f"\nA million rows of {large.name} take {found[1] / found[0]:.2f} times as long as one of {small.name}.")
