"""chDB (ClickHouse), bit words: a day's bits are OR-ed per user, and a group counts its users' bits."""

from .. import chdb_sql
from ..task import LONG, SHORT, Rows, Task


def solve(task: Task) -> Rows:
    """Two aggregations; the counts come out as arrays, a value a day."""
    days = range(len(task.days))
    bits, counts = [], []
    for length in (SHORT, LONG):
        for word in range(-(-len(days) // 64)):
            covered = [((1 << length) - 1 << n >> 64 * word) % 2**64 for n in days]
            array = ", ".join(f"toUInt64({value})" for value in covered)
            bits.append(f"groupBitOr([{array}][n + 1]) as w{length}_{word}")
        counted = ", ".join(f"countIf(bitTest(w{length}_{n // 64}, {n % 64}))" for n in days)
        counts.append(f"[{counted}] as users_{length}")
    return chdb_sql.solve(
        task,
        f"""
        select toDate('{task.first}') + n as day, group_id, users_7, users_90
        from (
            select group_id, {", ".join(counts)}
            from (
                select group_id, user_id, {", ".join(bits)}
                from (select toUInt16(day - toDate('{task.first}')) as n, group_id, user_id from events)
                group by group_id, user_id
            )
            group by group_id
        )
        array join users_7, users_90, range({len(days)}) as n
        where users_90 > 0
        """,
    )
