"""chDB (ClickHouse), approximate, HyperLogLog above small sets (uniqCombined64): a state a day, merged a window."""

from .. import chdb_sql
from ..task import Rows, Task


def solve(task: Task) -> Rows:
    """Two merges for each group, day and window."""
    return chdb_sql.solve_by_states(task, "uniqCombined64", "(12)")
