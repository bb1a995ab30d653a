"""A day's run of a billion usage rows: sizes, times, limits and costs, from what was measured and assumed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ASSUMPTIONS = Path(__file__).with_name("assumptions.yaml")
DATASETS, DATED_MARTS = 6, 16
"""How many datasets are read, and how many marts are partitioned by day."""
GB, TB, MILLION, HOUR = 1e9, 1e12, 1e6, 3600


def read(path: Path = ASSUMPTIONS) -> dict[str, Any]:
    """The assumptions of a file."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


@dataclass(frozen=True)
class Row:
    """A line of a table: what, how it is computed, and the result with its unit."""

    what: str
    formula: str
    value: float
    unit: str

    def line(self) -> str:
        """As Markdown."""
        return f"| {self.what} | {self.formula} | {f'{shown(self.value)} {self.unit}'.strip()} |"


def shown(value: float) -> str:
    """A figure with two digits that count, three from a hundred on."""
    digits = 3 if abs(value) >= 100 else 2
    return f"{float(f'{value:.{digits}g}'):,.10g}"


def sizes(given: dict[str, Any]) -> list[Row]:
    """What a day's run reads, hands over and writes."""
    m, p = given["measured"], given["portfolio"]
    rows, back = p["usage_rows_a_day"], p["days_looked_back"]
    positions = rows * m["positions_per_daily_usage_row"]
    return [
        Row("usage in the lake, a day", "rows x bytes", rows * m["lake_bytes_per_usage_row"] / GB, "GB"),
        Row("usage kept", "the same x days kept", rows * m["lake_bytes_per_usage_row"] * p["days_kept"] / TB, "TB"),
        Row("rows that a day looks back on", "rows x days", rows * back / GB, "billion"),
        Row("read by a day's run", "these x bytes", rows * back * m["lake_bytes_per_usage_row"] / TB, "TB"),
        Row("holders", "rows x holders a row", rows * m["holders_per_daily_usage_row"] / GB, "billion"),
        Row("positions, a day", "rows x positions a row", positions / MILLION, "million"),
        Row(
            "marts as Parquet, kept",
            "positions x bytes x days kept",
            positions * m["parquet_bytes_per_position_day"] * p["days_kept"] / TB,
            "TB",
        ),
        Row(
            "handed over between stages (shuffle), a day's run",
            "rows x days x bytes",
            rows * back * m["spark_shuffle_bytes_per_usage_row"] / TB,
            "TB",
        ),
    ]


def cluster(given: dict[str, Any]) -> list[Row]:
    """How long a day's run takes on the assumed cluster, and what it costs."""
    m, p, c, price = (given[name] for name in ("measured", "portfolio", "platform", "prices"))
    rows = p["usage_rows_a_day"] * p["days_looked_back"]
    shuffled = rows * m["spark_shuffle_bytes_per_usage_row"]
    core_hours = rows / MILLION * m["spark_cpu_seconds_per_million_rows"] / HOUR
    computing = core_hours / c["cores"]
    reading = rows * m["lake_bytes_per_usage_row"] / c["read_bytes_a_second_per_core"] / c["cores"] / HOUR
    handing = 2 * shuffled / c["shuffle_bytes_a_second_per_core"] / c["cores"] / HOUR
    memory = c["cores"] * c["memory_gib_per_core"] * c["usable_memory_share"]
    hours = computing + reading + handing
    stored = p["days_kept"] * p["usage_rows_a_day"] * m["lake_bytes_per_usage_row"] / GB * price["storage_gb_month"]
    return [
        Row("processor time", "rows x days x CPU seconds", core_hours, "core hours"),
        Row(f"computing on {c['cores']} cores", "core hours / cores", computing, "h"),
        Row("reading", "bytes / (rate x cores)", reading, "h"),
        Row("shuffle, written and read", "2 x bytes / (rate x cores)", handing, "h"),
        Row("shuffle partitions", "bytes / bytes a partition", shuffled / c["shuffle_partition_bytes"], ""),
        Row("shuffle against usable memory", "bytes / memory", shuffled / 2**30 / memory, "times"),
        Row("a day's run", "the sum of the three", hours, "h"),
        Row("machines, on demand", "h x cores x price", hours * c["cores"] * price["core_hour"], "USD a day"),
        Row("the same, spot", "x share", hours * c["cores"] * price["core_hour"] * price["spot_share"], "USD a day"),
        Row(
            "Databricks beside it", "h x cores x price", hours * c["cores"] * price["databricks_core_hour"], "USD a day"
        ),
        Row("usage in the object store", "GB kept x price", stored, "USD a month"),
    ]


def limits(given: dict[str, Any]) -> list[Row]:
    """How many usage rows a day each part bears, the first to break on top."""
    m, p, c, one = (given[name] for name in ("measured", "portfolio", "platform", "machine"))
    back, seconds = p["days_looked_back"], one["hours"] * HOUR
    published = m["positions_per_daily_usage_row"] * m["published_bytes_per_position_day"] * p["days_kept"]
    found = [
        Row(
            "one machine: usage windows, processor",
            "cores x h / (days x CPU seconds)",
            one["cores"] * seconds / (back * m["duckdb_windows_cpu_seconds_per_million_rows"]) * MILLION,
            "",
        ),
        Row(
            "one machine: usage windows, memory",
            "memory / (holders x bytes)",
            0.8 * one["memory_gib"] * 2**30 / (m["holders_per_daily_usage_row"] * m["duckdb_bytes_per_holder"]),
            "",
        ),
        Row(
            "either: ingestion, one process",
            "h / seconds a row",
            seconds / m["ingest_seconds_per_million_rows"] * MILLION,
            "",
        ),
        Row(
            "either: a publication copies all kept days as one file",
            "h x rate / bytes kept",
            seconds * one["copy_bytes_a_second"] / published,
            "",
        ),
        Row("either: the same file on one disk", "disk / bytes kept, twice", one["disk_tb"] * TB / published / 2, ""),
        Row("one machine: the lake on its disk", "disk / bytes kept", _disk(m, p, one), ""),
        Row(
            f"cluster of {c['cores']} cores: a day's run",
            "cores x h / seconds a row",
            seconds / (sum(row.value for row in cluster(given)[1:4]) * HOUR) * p["usage_rows_a_day"],
            "",
        ),
    ]
    found = [Row(row.what, row.formula, row.value / GB, "billion") for row in found]
    return sorted(found, key=lambda row: row.value)


def _disk(m: dict[str, Any], p: dict[str, Any], one: dict[str, Any]) -> float:
    return float(one["disk_tb"] * TB / (m["lake_bytes_per_usage_row"] * p["days_kept"]))


@dataclass(frozen=True)
class Layout:
    """Usage of a day in files, however it is partitioned."""

    name: str
    files_a_day: int
    small_share: float
    catalog_partitions: int
    longest_task: float
    put_usd_a_day: float
    get_usd_a_run: float

    def line(self) -> str:
        """As Markdown."""
        return (
            f"| {self.name} | {self.files_a_day:,} | {self.small_share:.0%} | {self.catalog_partitions:,}"
            f" | {self.longest_task:,.1f} | {shown(self.put_usd_a_day)} | {shown(self.get_usd_a_run)} |"
        )


def layouts(given: dict[str, Any]) -> list[Layout]:
    """A simulated portfolio of unequal partners, whose usage is partitioned by date, and by partner and date."""
    m, p, c, price = (given[name] for name in ("measured", "portfolio", "platform", "prices"))
    rng = np.random.default_rng(p["seed"])
    weights = 1 + rng.pareto(p["partner_sizes_pareto"], p["partners"])
    data = weights / weights.sum() * p["usage_rows_a_day"] * m["lake_bytes_per_usage_row"]
    target, small = c["target_file_bytes"], c["small_file_bytes"]
    by_date = int(np.ceil(data.sum() / target))
    files = np.ceil(data / target).astype(int)
    mean_task = data.sum() * p["days_looked_back"] / c["cores"]

    def layout(name: str, count: int, tiny: float, partitions: int, longest: float) -> Layout:
        tables = DATASETS + DATED_MARTS
        return Layout(
            name,
            count,
            tiny,
            partitions * p["days_kept"] * tables,
            longest,
            count / 1000 * price["put_per_1000"],
            count * p["days_looked_back"] / 1000 * price["get_per_1000"],
        )

    of_largest = float(data.max() * p["days_looked_back"] / mean_task)
    return [
        layout("by date, holders hashed", by_date, 0.0, 1, 1.0),
        layout(
            "by partner and date",
            int(files.sum()),
            float((data < small).sum() / files.sum()),
            p["partners"],
            of_largest,
        ),
    ]


def tables(given: dict[str, Any]) -> list[str]:
    """All of it as Markdown."""
    head = ["| what | formula | result |", "| --- | --- | ---: |"]
    lines = ["**Sizes**", "", *head, *(row.line() for row in sizes(given))]
    lines += ["", "**A day's run on the cluster, and what it costs**", "", *head]
    lines += [row.line() for row in cluster(given)]
    lines += ["", "**What breaks first**, usage rows a day", ""]
    lines += ["| limit | formula | rows a day |", "| --- | --- | ---: |", *(row.line() for row in limits(given))]
    lines += ["", "**Layouts**, simulated", ""]
    lines += [
        (
            "| usage is partitioned | files a day | small ones | partitions in the catalog | longest task / mean"
            " | USD for writing a day | USD for reading all days looked back on |"
        ),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return lines + [layout.line() for layout in layouts(given)]
