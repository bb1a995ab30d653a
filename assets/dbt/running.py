"""A dbt command in this process, without work that nobody reads or whose outcome is known."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assets.dbt.ansi import ansi_arithmetic
from assets.dbt.spark_settings import settings_made_once
from expectations.interrupts import raise_interrupt

HEARD = ("NodeFinished", "JinjaLogDebug")
"""dbt's debug events that a caller hears of: a model's or test's end, and what a macro logs."""


def invoke(arguments: Sequence[str], on_event: Callable[[Any], None] | None = None, manifest: Any = None) -> Any:
    """dbt's result of a command; an interrupt, by whatever name, is raised: Dagster has one of its own.

    Args:
        on_event: told each event that dbt logs, and debug events that are in `HEARD`.
        manifest: the project as dbt parsed it, of the same files and settings; None has dbt parse it.
    """
    from dbt.cli.main import dbtRunner

    with (
        _without_unread_events(),
        _without_summary(),
        _flags_of_no_source(),
        _unvalidated(manifest is not None),
        ansi_arithmetic(),
        settings_made_once(),
    ):
        ended = dbtRunner(manifest, callbacks=[on_event] if on_event else []).invoke(list(arguments))
    if ended.exception is not None:
        raise_interrupt(ended.exception)
        if not isinstance(ended.exception, Exception):
            raise ended.exception
    return ended


@contextmanager
def rendering_first(macro: str) -> Iterator[None]:
    """Have dbt's `run` call a macro before it builds anything, as `run-operation` would.

    An invocation of its own takes 0.2 CPU s around the macro. A hook of dbt's can't `ref` what is not written in it.
    """
    from dbt.task.run import RunTask

    before_run = RunTask.before_run

    def rendering(self: Any, adapter: Any, selected_uids: Any) -> Any:
        with adapter.connection_named(f"macro_{macro}"):
            adapter.execute_macro(macro, macro_resolver=self.manifest)
        return before_run(self, adapter, selected_uids)

    RunTask.before_run = rendering  # type: ignore[method-assign]
    try:
        yield
    finally:
        RunTask.before_run = before_run  # type: ignore[method-assign]


@contextmanager
def _without_unread_events() -> Iterator[None]:
    """Of dbt's debug events, which no log of ours has, only those that are heard are made into messages.

    dbt makes each into two protobuf messages, and a line for each log, before it looks at the level: an eighth of a
    build.
    """
    from dbt_common.events import event_manager_client
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    class Heard(EventManager):
        def fire_event(
            self, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
        ) -> None:
            unread = (level or e.level_tag()) in (EventLevel.DEBUG, EventLevel.TEST)
            if force_warn_or_error_handling or not unread or type(e).__name__ in HEARD:
                super().fire_event(e, level, node, force_warn_or_error_handling)

    before = event_manager_client.get_event_manager()
    event_manager_client.ctx_set_event_manager(Heard())
    try:
        yield
    finally:
        event_manager_client.cleanup_event_logger()
        event_manager_client.ctx_set_event_manager(before)


@contextmanager
def _without_summary() -> Iterator[None]:
    """The graph is not summarised for `graph_summary.json`: dbt makes a dictionary of each whole node for it."""
    from dbt.compilation import Linker

    summarise = Linker.get_graph_summary
    Linker.get_graph_summary = lambda self, manifest: {}  # type: ignore[method-assign]
    try:
        yield
    finally:
        Linker.get_graph_summary = summarise  # type: ignore[method-assign]


@contextmanager
def _flags_of_no_source() -> Iterator[None]:
    """An adapter's flags do not look for the module that they are from, which only a warning would name.

    dbt reads the sources of the whole stack for each of them: half a CPU second a command.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered

    looked_for = BehaviorFlagRendered.__dict__["_default_source"]
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")  # type: ignore[method-assign]
    try:
        yield
    finally:
        BehaviorFlagRendered._default_source = looked_for  # type: ignore[method-assign]


@contextmanager
def _unvalidated(parsed_before: bool) -> Iterator[None]:
    """What was validated when the project was parsed is not once more: its YAML and its profile are the same.

    dbt makes a JSON schema of each class for it, in every process anew: a CPU second a command.
    """
    from dbt_common.dataclass_schema import dbtClassMixin

    validate = dbtClassMixin.__dict__["validate"]
    if parsed_before:
        dbtClassMixin.validate = classmethod(lambda cls, data: None)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        dbtClassMixin.validate = validate  # type: ignore[method-assign]
