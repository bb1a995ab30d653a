"""The pipeline's commands against plain DuckDB that runs the same SQL on the same files."""

import shutil
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import duckdb

from expectations.contract import DATASETS
from sources.readers.limits import MEMORY_LIMIT

from .measuring import Contender, command, in_turn, measure, report, seconds_of
from .project import BuiltModel, last_build
from .tiers import FIRST, TIERS, Tier, connect, delivered, ingest

DASHBOARD_RUNS = 200


def bench_ingest(tier: Tier, data: Path, runs: int) -> None:
    """Every landing partition into the lake with all row checks, against DuckDB copying the same files as they are."""
    landing = tier.landing(data)

    def ours() -> None:
        shutil.rmtree(data / "ingest", ignore_errors=True)
        ingest(landing, data / "ingest")

    def plain() -> None:
        folder = data / "copied"
        shutil.rmtree(folder, ignore_errors=True)
        with connect(data / "spill") as con:
            for dataset in delivered(landing):
                for day in sorted((landing / dataset).iterdir()):
                    target = folder / dataset / day.name
                    target.mkdir(parents=True)
                    con.execute(f"copy (from '{day}/*.parquet') to '{target}/part-0.parquet' (compression zstd)")

    samples = in_turn({"plain DuckDB": plain, "ingestion": ours}, runs)
    report(f"Ingesting {tier.days} days, tier {tier.name}", samples, "plain DuckDB")


def bench_build(tier: Tier, data: Path, runs: int, first: date) -> None:
    """`portfolio materialize` of first..last with the lake loaded, its SQL, and the same SQL in plain DuckDB."""
    home = copy_of(tier.loaded_home(data), data / f"build-{tier.name}")
    small = copy_of(TIERS["S"].loaded_home(data), data / "build-S")
    arguments = ("--from", str(first), "--to", str(tier.last))
    ours = _materialize(home, tier.landing(data), *arguments)
    measure(ours)
    models = last_build(home)
    samples = in_turn(
        {
            "plain DuckDB, same SQL": lambda: run_plain(models, home, data),
            "portfolio materialize": ours,
            "the same command, 60 customers": _materialize(small, TIERS["S"].landing(data), *arguments),
        },
        runs,
    )
    days = (tier.last - first).days + 1
    report(f"Build, check and publish {days} days, tier {tier.name}", samples, "plain DuckDB, same SQL")
    plain = seconds_of(samples["plain DuckDB, same SQL"])
    apart = seconds_of(samples["portfolio materialize"]) - seconds_of(samples["the same command, 60 customers"])
    dbt = sum(model.seconds for model in last_build(home))
    print(f"\nStart-up and event logging (the small portfolio's time) apart: {apart:.2f} s, {apart / plain:.2f}x.")
    print(f"dbt's models alone, in the last run: {dbt:.2f} s, {dbt / plain:.2f}x.")
    slowest = sorted(models, key=lambda model: -model.seconds)[:5]
    print("Slowest models:", ", ".join(f"{m.relation.split('.')[-1]} {m.seconds:.2f} s" for m in slowest))


def bench_daily(tier: Tier, data: Path, runs: int) -> None:
    """The newest day: one landing day ingested, built, checked and published, with all else there."""
    loaded, landing = tier.loaded_home(data), tier.landing(data)
    home = copy_of(loaded, data / f"daily-{tier.name}")
    small = copy_of(TIERS["S"].loaded_home(data), data / "daily-S")
    day = str(tier.last)

    def forgetting(where: Path, source: Path) -> Contender:
        run = _materialize(where, source, "--from", day, "--to", day)

        def ours() -> None:
            forget_day(where, tier.last)
            run()

        return ours

    ours = forgetting(home, landing)
    measure(ours)
    models = last_build(home)

    def plain() -> None:
        with connect(data / "spill") as con:
            for dataset in delivered(landing):
                con.execute(
                    f"copy (from '{landing}/{dataset}/{day}/*.parquet') to '{data}/day.parquet' (compression zstd)"
                )
        run_plain(models, home, data)

    samples = in_turn(
        {
            "plain DuckDB, same files and SQL": plain,
            "portfolio materialize": ours,
            "the same command, 60 customers": forgetting(small, TIERS["S"].landing(data)),
        },
        runs,
    )
    report(f"Daily command, tier {tier.name}", samples, "plain DuckDB, same files and SQL")
    plain_seconds = seconds_of(samples["plain DuckDB, same files and SQL"])
    apart = seconds_of(samples["portfolio materialize"]) - seconds_of(samples["the same command, 60 customers"])
    print(f"\nStart-up (the small portfolio's time) apart: {apart:.2f} s, {apart / plain_seconds:.2f}x.")


def bench_backfill(tier: Tier, data: Path, runs: int, singles: int = 5) -> None:
    """One backfill against single-day runs, and a daily run over all history against one over its newer half."""
    landing, loaded = tier.landing(data), tier.loaded_home(data)
    whole = copy_of(loaded, data / "history-2x")
    half = copy_of(loaded, data / "history-1x")
    newest = str(tier.last)
    middle = tier.last - timedelta(days=tier.days // 2 - 1)
    backfill = _materialize(whole, landing, "--from", str(FIRST), "--to", newest)
    measure(_materialize(half, landing, "--from", str(middle), "--to", newest))
    at_once = in_turn({"all days at once": backfill}, runs)
    days = [FIRST + timedelta(days=tier.days * (2 * n + 1) // (2 * singles)) for n in range(singles)]
    alone = [measure(_materialize(whole, landing, "--from", str(day), "--to", str(day))) for day in days]
    title = f"{tier.days} days at once, and days alone, tier {tier.name}"
    report(title, at_once | {"a day": alone}, "all days at once")
    extrapolated = tier.days * seconds_of(alone)
    ratio = extrapolated / seconds_of(at_once["all days at once"])
    print(f"\n{tier.days} runs of a day, extrapolated: {extrapolated:.0f} s, {ratio:.0f} times.")
    day = ("--from", newest, "--to", newest)
    samples = in_turn(
        {"history of half": _materialize(half, landing, *day), "history of all": _materialize(whole, landing, *day)},
        runs,
    )
    report(f"A day's run over {tier.days // 2} and {tier.days} published days", samples, "history of half")


def bench_dashboard(tier: Tier, data: Path) -> None:
    """Each dashboard section of the newest day, with a fresh connection a query."""
    home = copy_of(tier.loaded_home(data), data / f"dashboard-{tier.name}")
    measure(_materialize(home, tier.landing(data), "--from", str(FIRST), "--to", str(tier.last)))
    file = home / "serving" / "portfolio.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        names = (
            "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'as_of_date'"
            " order by all"
        )
        tables = con.execute(names).fetchall()
        (partner,) = con.execute("select min(partner_id) from marts.portfolio_kpis").fetchone() or ("",)
    print(f"\n### Dashboard queries, newest day of {tier.days}, tier {tier.name}, {file.stat().st_size / 1e6:.0f} MB\n")
    print("| mart | p50 | p95 |\n| --- | ---: | ---: |")
    for (mart,) in tables:
        times = []
        for _ in range(DASHBOARD_RUNS):
            started = perf_counter()
            with duckdb.connect(str(file), read_only=True) as con:
                con.execute(
                    f"select * from marts.{mart} where partner_id = '{partner}' and as_of_date = date '{tier.last}'"
                ).fetchall()
            times.append(1000 * (perf_counter() - started))
        print(f"| {mart} | {median(times):.1f} ms | {quantiles(times, n=20)[-1]:.1f} ms |")


def run_plain(models: Sequence[BuiltModel], home: Path, data: Path) -> None:
    """The build's statements in one plain DuckDB connection, into a new file."""
    folder = data / "plain"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with duckdb.connect(folder / "warehouse.duckdb", config={"memory_limit": MEMORY_LIMIT}) as con:
        for schema in ("raw", "staging", "intermediate", "marts"):
            con.execute(f"create schema {schema}")
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as built:
            views = built.execute("select sql from duckdb_views() where schema_name = 'raw'").fetchall()
        for (view,) in views:
            con.execute(view)
        for model in models:
            con.execute(f"create {'view' if model.is_view else 'table'} {model.relation} as {model.sql}")


def forget_day(home: Path, day: date) -> None:
    """Take a day's partitions out of lake and ledger, so that the next run ingests them."""
    with sqlite3.connect(home / "ledger.sqlite") as ledger:
        ledger.execute("delete from partitions where partition_date = ?", [day.isoformat()])
    for name, dataset in DATASETS.items():
        shutil.rmtree(home / "lake" / name / f"{dataset.date_column}={day}", ignore_errors=True)


def _materialize(home: Path, landing: Path, *arguments: str) -> Contender:
    return command("materialize", "--home", str(home), "--landing", str(landing), *arguments)


def copy_of(home: Path, copy: Path) -> Path:
    """A copy of a home folder, in place of one that is there."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy)
    return copy
