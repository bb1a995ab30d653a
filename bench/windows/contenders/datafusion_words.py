"""DataFusion, bit words: a day's bits are OR-ed per user, and a group counts its users' bits."""

import pyarrow as pa
import pyarrow.compute as pc

from .. import datafusion_sql
from ..task import LONG, SHORT, Rows, Task

WORD = 63


def solve(task: Task) -> Rows:
    """Two aggregations; the counts come out a column a day, and are turned into rows."""
    days = range(len(task.days))
    con = datafusion_sql.context(task)
    bits = {"day": pa.array(task.days, pa.date32())}
    for length in (SHORT, LONG):
        for word in range(-(-len(days) // WORD)):
            covered = [((1 << length) - 1 << n >> WORD * word) % 2**WORD for n in days]
            bits[f"w{length}_{word}"] = pa.array(covered, pa.int64())
    con.from_arrow(pa.table(bits), "date_bits")
    ored = ", ".join(f"bit_or({name}) as {name}" for name in list(bits)[1:])
    counted = ", ".join(
        f"sum((w{length}_{n // WORD} >> {n % WORD}) & 1) as c{length}_{n}" for length in (SHORT, LONG) for n in days
    )
    wide = con.sql(f"""
        select group_id, {counted}
        from (
            select group_id, user_id, {ored}
            from events inner join date_bits on events.day = date_bits.day
            group by group_id, user_id
        )
        group by group_id
    """).to_arrow_table()
    parts = [
        pa.table(
            {
                "day": pa.repeat(pa.scalar(day, pa.date32()), len(wide)),
                "group_id": wide["group_id"],
                "users_7": wide[f"c{SHORT}_{n}"],
                "users_90": wide[f"c{LONG}_{n}"],
            }
        )
        for n, day in enumerate(task.days)
    ]
    result = pa.concat_tables(parts).filter(pc.field("users_90") > 0)
    return lambda: result
