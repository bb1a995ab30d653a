"""What a materialisation is asked for, and what its steps work with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import dagster as dg
from dagster import DagsterInstance

from assets.resources import BuildConfig, Progress, Workspace
from pipelines.commands.accepting import Accepted
from pipelines.lineage.telling import Lineage
from pipelines.runs.running import RunOutcome, run_materialize
from pipelines.settings import Settings


@dataclass(frozen=True)
class Request:
    """What to materialise: the days of a window, or else all that are missing up to the newest, or that are stale."""

    newest: date
    """The last day that is over. Later ones are built where they are asked for, and are provisional."""
    window: tuple[date, date] | None = None
    stale: bool = False
    reopen: bool = False
    """Also build days of a closed period."""
    ingest: bool = True
    """Read landing first; otherwise build from the lake as it is, where a provisional day stays one."""
    today: date | None = None
    """Beside the missing days, this one as well, published or not."""
    accepted: Accepted = field(default_factory=Accepted)
    """Checks of these days whose failures a person accepts."""


@dataclass(frozen=True)
class Session:
    """One run of a command in a home folder: what it was asked for, and an open Dagster instance to run the job in."""

    request: Request
    settings: Settings
    workspace: Workspace
    definitions: dg.Definitions
    instance: DagsterInstance
    progress: Progress
    lineage: Lineage

    def run(
        self,
        first: date,
        last: date,
        assets: Sequence[dg.AssetKey],
        *,
        look_back: bool = True,
        build: BuildConfig | None = None,
    ) -> RunOutcome:
        """Run some assets of the job for the days first..last, as `run_materialize` does."""
        run_id = str(uuid4())
        with self.lineage.of(run_id, first, last, assets) as ended:
            outcome = run_materialize(
                self.definitions,
                self.instance,
                first,
                last,
                run_id=run_id,
                assets=list(assets),
                look_back=look_back,
                build=build,
                place=self.workspace.place,
            )
            ended(outcome.cause)
        return outcome
