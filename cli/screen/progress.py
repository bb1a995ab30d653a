"""Progress bars of a run that this process executes."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from assets.resources import Progress

_TITLES = {
    "checks": "checking",
    "warehouse": "building marts",
    "publication": "publishing",
    "postgres": "to PostgreSQL",
    "backup": "backing up",
    "restore": "restoring",
}


class ProgressBars(Progress):
    """Draws one bar a task on standard error; nothing where that is no terminal."""

    def __init__(self) -> None:
        # The stream by itself: a run silences what Dagster writes to `sys.stderr`.
        console = Console(file=sys.stderr)
        self._bars = Bars(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[step]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, task: str, total: int) -> None:
        """Draw a new bar; a finished one of the same task goes."""
        if task in self._tasks:
            self._bars.remove_task(self._tasks[task])
        self._tasks[task] = self._bars.add_task(_TITLES.get(task, f"reading {task}"), total=total, step="")

    def advance(self, task: str, step: str = "") -> None:
        """Move the task's bar by one and show the step."""
        self._bars.update(self._tasks[task], advance=1, step=step)

    def note(self, message: str) -> None:
        """Print the line above the bars."""
        self._bars.console.print(message, markup=False, highlight=False, soft_wrap=True)
