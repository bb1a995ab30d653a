"""What erasing licence holders and customers has in common: its outcome, and leaving no byte behind."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from assets.erasure import LandingSweep
from assets.resources import Workspace
from storage.files.atomic import StorageError
from storage.ledger.as_of_days import AsOfDays
from storage.publication.published_file import hold_as_published, remove_all_beside
from storage.warehouse.compaction import remove_spill, write_anew
from storage.warehouse.mart_rows import empty_intermediate
from storage.warehouse.opening import WarehouseBusyError, open_warehouse


class UnknownSubjectError(Exception):
    """Nobody of that name is anywhere: one line."""


class OtherKeyError(Exception):
    """Licence holders can't be looked for, since their ids are hashed with another key: one line."""


@dataclass
class Forgotten:
    """What came of an erasure, for its report and exit code."""

    partitions: int = 0
    """Lake partitions that were rewritten."""
    landing_rewritten: list[Path] = field(default_factory=list)
    landing_held: list[Path] = field(default_factory=list)
    """Landing files that still name them."""
    rebuilt: list[date] = field(default_factory=list)
    removed: dict[tuple[str, date], str] = field(default_factory=dict)
    """Partners and as-of days whose rows went, since they can't be built again, each with the cause."""
    publications: int = 0
    """Old publications that were deleted."""
    failure: str = ""

    def add_sweep(self, sweep: LandingSweep) -> None:
        """Add what was found in landing."""
        self.landing_rewritten += [path for path in sweep.rewritten if path not in self.landing_rewritten]
        self.landing_held += [path for path in sweep.held if path not in self.landing_held]


def random_token() -> str:
    """A word that stands for nobody."""
    return f"erased-{secrets.token_hex(16)}"


def clean_up(workspace: Workspace) -> None:
    """Leave nothing that a finished build, or a killed process, may have left of somebody in the home folder.

    dbt's folders of builds hold logs, which may quote rows; intermediate models hold the last build's. Data Docs are of
    the partitions as they were.
    """
    home = workspace.home
    remove_spill(home.spill, workspace.lake.spill_folder)
    hold_as_published(workspace.serving)
    remove_all_beside(workspace.serving)
    for leftover in [
        *home.path.glob("*.writing"),
        *home.path.glob(".*.writing"),
        *workspace.lake.root.rglob(".*.writing"),
    ]:
        leftover.unlink(missing_ok=True)
    shutil.rmtree(home.dbt_runs, ignore_errors=True)
    shutil.rmtree(home.data_docs, ignore_errors=True)
    for log in [*home.dbt.logs(), *home.dbt_spark.logs(), *home.spark.glob("*.log")]:
        log.unlink()
    with workspace.ledger() as ledger, workspace.engine.opened() as warehouse:
        warehouse.leave_only([day for day, record in AsOfDays(ledger).records().items() if record.outcome == "built"])
    if workspace.warehouse_path.exists():
        with open_warehouse(workspace.warehouse_path) as connection:
            empty_intermediate(connection)
        write_anew(workspace.warehouse_path, workspace.memory_limit)


@contextmanager
def busy_is_one_line() -> Iterator[None]:
    """A warehouse that someone keeps open becomes a `StorageError`."""
    try:
        yield
    except WarehouseBusyError as error:
        raise StorageError(str(error)) from error
