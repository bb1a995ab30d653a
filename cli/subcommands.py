"""The subcommands of `portfolio`, each imported when it is asked for: the others' imports would cost every command."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

_WHERE = {
    "simulate": "cli.simulate:simulate",
    "check": "cli.check:check",
    "map": "cli.map:app",
    "materialize": "cli.materialize:materialize",
    "show": "cli.show:show",
    "status": "cli.status:status",
    "export": "cli.export:export",
    "pack": "cli.pack:pack",
    "metrics": "cli.metrics:metrics",
    "quarantine": "cli.quarantine:quarantine",
    "prune": "cli.prune:prune",
    "forget": "cli.forget:forget",
    "backup": "cli.backup:backup",
    "restore": "cli.restore:restore",
    "upgrade": "cli.upgrade:upgrade",
    "docs": "cli.docs:docs",
    "serve": "cli.serve:serve",
    "service": "cli.service:app",
    "dbt": "cli.dbt:dbt",
    "publish": "cli.publish:app",
    "postgres": "cli.postgres:app",
    "alerts": "cli.alerts:app",
    "digest": "cli.digest:digest",
    "webex": "cli.webex:app",
}
"""Module and function, or a group of subcommands, by name; in the order of the help page."""
_SETTINGS = {"dbt": {"allow_extra_args": True, "ignore_unknown_options": True}}


class Subcommands(TyperGroup):
    """The group of all subcommands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": _Imported()})


class _Imported(Mapping[str, Any]):
    """The commands by name; one that is looked up is imported, and kept."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._held:
            self._held[name] = _command(name, _WHERE[name])
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


def _command(name: str, where: str) -> Any:
    """The command as Typer makes it of a function, or of an application with subcommands of its own."""
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    holder = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name, no_args_is_help=True)
    else:
        holder.command(name, context_settings=_SETTINGS.get(name))(found)
    holder.callback()(lambda: None)  # with one command alone Typer would make no group
    return typer.main.get_command(holder).commands[name]  # type: ignore[attr-defined]
