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


@pytest.mark.parametrize("how", ["slot and step", "step alone"])
def test_a_run_that_is_over_holds_no_pool(how: str) -> None:
    """A command was killed between the end of its run and the freeing of its pools: the next would wait for ever."""
    start = Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19]
    with dg.instance_for_test() as instance:
        storage = instance.event_log_storage
        over, alive = (
            instance.create_run_for_job(nothing, status=status, tags={PROCESS_TAG: process}).run_id
            for status, process in (
                (dg.DagsterRunStatus.FAILURE, DEAD),
                (dg.DagsterRunStatus.STARTED, f"{os.getpid()}-{start}"),
            )
        )
        for pool, run_id in (("warehouse", over), ("lake", alive)):
            storage.set_concurrency_slots(pool, 1)
            assert storage.claim_concurrency_slot(pool, run_id, "step").is_claimed
        if how == "step alone":
            storage._free_concurrency_slots(run_id=over)  # type: ignore[attr-defined]  # and was killed then
        assert not storage.claim_concurrency_slot("warehouse", alive, "step").is_claimed
        end_dead_runs(instance)
        assert storage.claim_concurrency_slot("warehouse", alive, "step").is_claimed
        assert not storage.claim_concurrency_slot("lake", "another", "step").is_claimed
