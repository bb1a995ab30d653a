"""chDB (ClickHouse), hash sets (uniqExact): a state for each group and day, merged over each window."""

from .. import chdb_sql
from ..task import Rows, Task


def solve(task: Task) -> Rows:
    """Two merges for each group, day and window."""
    return chdb_sql.solve_by_states(task, "uniqExact")
