"""A DataFusion context with the view `events`."""

import datafusion as df

from .task import Task


def context(task: Task) -> df.SessionContext:
    """The session, with the task's limits."""
    limits = df.RuntimeEnvBuilder().with_fair_spill_pool(int(task.memory_gib * 2**30)).with_disk_manager_os()
    config = df.SessionConfig().with_target_partitions(task.threads)
    con = df.SessionContext(config, limits)
    con.register_parquet("events", task.events)
    return con
