"""Runs whose command was killed: ended by the next command, at whatever stage they were."""

import os
from pathlib import Path

import dagster as dg
import pytest

from pipelines.runs.running import PROCESS_TAG, end_dead_runs

DEAD = "999999999-1"  # no process has a number that high


@dg.job
def nothing() -> None:
    """A job without a step."""


@pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
)
def test_a_killed_commands_run_is_failed_and_others_are_left_alone(status: dg.DagsterRunStatus) -> None:
    start = Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19]
    with dg.DagsterInstance.ephemeral() as instance:
        dead, earlier, alive, dagsters = (
            instance.create_run_for_job(nothing, status=status, tags=tags).run_id
            for tags in (
                {PROCESS_TAG: DEAD},
                {"portfolio/process": DEAD},  # as 0.1.0 wrote it
                {PROCESS_TAG: f"{os.getpid()}-{start}"},
                {},
            )
        )
        end_dead_runs(instance)
        states = {run.run_id: run.status for run in instance.get_runs()}
    failed = dg.DagsterRunStatus.FAILURE
    assert states == {dead: failed, earlier: failed, alive: status, dagsters: status}
