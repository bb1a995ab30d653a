"""Polars, bit words: a day's bits are OR-ed per user, and a group counts its users' bits."""

import polars as pl

from ..task import LONG, SHORT, Rows, Task

WORD = 63


def solve(task: Task) -> Rows:
    """Two aggregations; the counts come out a column a day, and are turned into rows."""
    days = range(len(task.days))
    bits = {
        f"{length}_{word}": [((1 << length) - 1 << n >> WORD * word) % 2**WORD for n in days]
        for length in (SHORT, LONG)
        for word in range(-(-len(days) // WORD))
    }
    date_bits = pl.DataFrame(bits, schema=dict.fromkeys(bits, pl.Int64)).with_columns(day=pl.Series(task.days))
    holders = (
        pl.scan_parquet(task.events)
        .join(date_bits.lazy(), on="day")
        .group_by("group_id", "user_id")
        .agg(pl.col(list(bits)).bitwise_or())
        .collect(engine="streaming")
    )
    counts = [
        (pl.col(f"{length}_{n // WORD}") & (1 << n % WORD) != 0).sum().alias(f"{length} {n}")
        for length in (SHORT, LONG)
        for n in days
    ]
    wide = holders.group_by("group_id").agg(counts)
    short, long = (
        wide.select("group_id", pl.col(f"^{length} .*$")).unpivot(index="group_id", value_name=f"users_{length}")
        for length in (SHORT, LONG)
    )
    number = pl.col("variable").str.split(" ").list.get(1).cast(pl.Int64)
    result = (
        long.with_columns(short["users_7"])
        .filter(pl.col("users_90") > 0)
        .select("group_id", "users_7", "users_90", day=pl.lit(task.first) + pl.duration(days=number))
    )
    return result.to_arrow
