"""Interrupts that a library made an error of: Ctrl-C is nobody's bad file, bad project or failed run."""

import re
from collections.abc import Iterator

INTERRUPTS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
"""What Python calls an interrupt, and what Dagster does while a run is executed."""

_QUOTED = re.compile(rf"(_duckdb\.\w+: )?({'|'.join(INTERRUPTS)}): ")
"""How DuckDB begins where an interrupt came while it read rows of Arrow; the error has no cause then."""


def interrupt_behind(error: BaseException) -> BaseException | None:
    """The interrupt that an error was made of; None where there is none.

    DuckDB makes a RuntimeError of one that comes while a query runs, dbt an error about the YAML that it was parsing.
    """
    for link in _chain(error):
        if type(link).__name__ in INTERRUPTS:
            return link
        if type(link).__module__ == "_duckdb" and quotes_interrupt(str(link)):
            return KeyboardInterrupt()
    return None


def raise_interrupt(error: BaseException) -> None:
    """Raise the interrupt that an error was made of; nothing where there is none."""
    if (interrupt := interrupt_behind(error)) is not None:
        raise interrupt


def quotes_interrupt(message: str) -> bool:
    """Whether a message, with the error's class before it or without, is DuckDB's of an interrupt."""
    return _QUOTED.match(message) is not None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what was raised before it and led to it."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
