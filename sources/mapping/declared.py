"""What the parts of a mapping file have in common: unknown keys are errors, short forms are spelt out."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

Value = TypeVar("Value")


class Declared(BaseModel):
    """A part of the mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def at(path: str, problem: str) -> ValueError:
    """A problem of something below the part that finds it: `.columns.end_date` and what is wrong with it."""
    return ValueError(f"{path}: {problem}")


def listed(value: Any) -> Any:
    """One text as a list of it."""
    return [value] if isinstance(value, str) else value


def shorthand(key: str, *, yes: bool = False) -> Callable[[Any], Any]:
    """A text that stands for a part with this key alone; with `yes`, `true` stands for the part as it is by default."""

    def spelt_out(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if yes and value.lower() == "true":
            return {}
        if yes:
            raise ValueError("is true, or says how")
        return {key: value}

    return spelt_out


def only_one(given: Mapping[str, object], keys: tuple[str, ...], what: str) -> str:
    """The one of the keys that is given.

    Raises:
        ValueError: none is, or several are.
    """
    found = [key for key in keys if given.get(key) is not None]
    if len(found) != 1:
        several = f"not {' and '.join(found)}" if found else "and none is there"
        raise ValueError(f"{what} is one of {', '.join(keys)}, {several}")
    return found[0]
