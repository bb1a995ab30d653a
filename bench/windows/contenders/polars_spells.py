"""Polars: users' days packed into one sorted column; gaps give spells, spells a step up and a step down each."""

import polars as pl

from ..task import LONG, SHORT, Rows, Task


def solve(task: Task) -> Rows:
    """Sort once, then count steps per group and day, and run the sum along the days."""
    days = len(task.days)
    day_number = (pl.col("day") - pl.lit(task.first)).dt.total_days()
    packed = pl.col("group_id").cast(pl.Int64) * 2**40 + pl.col("user_id").cast(pl.Int64) * 2**12 + day_number
    holders = (
        pl.scan_parquet(task.events)
        .select(packed.alias("packed"))
        .sort("packed")
        .select(seat=pl.col("packed") // 2**12, day=pl.col("packed") % 2**12)
        .with_columns(cell=(pl.col("seat") // 2**28) * (days + 1) + pl.col("day"), left=days - pl.col("day"))
        .with_columns(
            gap=pl.when(pl.col("seat") == pl.col("seat").shift(-1)).then(pl.col("day").shift(-1) - pl.col("day"))
        )
        .select("cell", "left", gap=pl.col("gap").fill_null(2**12))
        .with_columns(before=pl.col("gap").shift(1, fill_value=2**12))
        .collect(engine="streaming")
    )
    steps = []
    for length, name in ((SHORT, "users_7"), (LONG, "users_90")):
        begins = holders.lazy().filter(pl.col("before") > length).select("cell")
        ends = holders.lazy().filter(pl.col("gap") > length)
        ends = ends.select(cell=pl.col("cell") + pl.min_horizontal(pl.col("left"), length))
        steps += [
            begins.group_by("cell").agg(pl.len().cast(pl.Int64).alias(name)),
            ends.group_by("cell").agg((-pl.len().cast(pl.Int64)).alias(name)),
        ]
    changes = pl.concat(steps, how="diagonal").group_by("cell").sum()
    cells = pl.LazyFrame({"cell": [0]}).select(
        cell=pl.int_range(0, holders["cell"].max() // (days + 1) * (days + 1) + days + 1)
    )
    result = (
        cells.join(changes, on="cell", how="left", maintain_order="left")
        .select("cell", pl.col("users_7").fill_null(0).cum_sum(), pl.col("users_90").fill_null(0).cum_sum())
        .filter(pl.col("users_90") > 0)
        .select(
            day=pl.lit(task.first) + pl.duration(days=pl.col("cell") % (days + 1)),
            group_id=(pl.col("cell") // (days + 1)).cast(pl.Int32),
            users_7="users_7",
            users_90="users_90",
        )
        .collect(engine="streaming")
    )
    return result.to_arrow
