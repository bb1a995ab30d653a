"""Methods of a dataclass that few of them need, written when they are first called.

Until Python 3.13, which writes all of a class at once, `dataclasses` compiles each method by itself: 2,700 at the
start of a run. The 2,000 that compare, show, hash and freeze took 0.17 CPU s.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

LATE = frozenset(
    ("__repr__", "__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__setattr__", "__delattr__", "__hash__")
)


def write_when_called() -> None:
    """Have dataclasses that are declared from now on get these methods late; `__init__`, which others read, at once."""
    write_function = getattr(dataclasses, "_create_fn", None)
    if write_function is not None:
        dataclasses._create_fn = _late(write_function)  # type: ignore[attr-defined]


def _late(write_function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands for the function of `dataclasses` that writes a method."""

    def write_late(name: str, args: Sequence[str], body: Sequence[str], **options: Any) -> Any:
        if name not in LATE:
            return write_function(name, args, body, **options)
        written: list[Any] = []

        def method(*values: Any) -> Any:
            if not written:
                written.append(write_function(name, args, body, **options))
            return written[0](*values)

        method.__name__ = name
        return method

    return write_late
