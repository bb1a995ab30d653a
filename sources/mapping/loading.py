"""Reads declared files, such as a mapping: YAML without types or tags, each error in one line with its key's path."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from expectations.wording import LONGEST_LINE, one_line, shortened, visible
from sources.errors import SourceError
from sources.mapping.declared import Declared
from sources.mapping.model import Mapping

LARGEST = 1 << 20
"""Bytes of the largest mapping file."""
MOST_VALUES = 200_000
"""Values in it, with what its aliases stand for spelt out: a few of them can stand for gigabytes."""
_MOST_ERRORS = 20
_IN_PLAIN_WORDS = {
    "extra_forbidden": "there is no such key",
    "missing": "is missing",
    "tuple_type": "is a list",
    "dict_type": "is a part with keys of its own",
    "model_type": "is a part with keys of its own",
    "string_type": "is a text",
}
"""What is said instead of pydantic's words, which name Python's types."""


_Model = TypeVar("_Model", bound=Declared)


class MappingError(SourceError):
    """A declared file can't be used: one line for each error."""

    def __init__(self, lines: Sequence[str]) -> None:
        # A line names keys of the file, which may be of any length, and of any letters.
        self.lines = tuple(visible(shortened(line, LONGEST_LINE)) for line in lines)
        super().__init__("; ".join(self.lines))


class _Loader(yaml.BaseLoader):
    """Every value is text: `no` is no boolean, `0123` no number, `2026-03-01` no date. A key stands once."""

    def get_single_node(self) -> Any:
        """As usual; aliases may not stand for more than so much, and for nothing that they are in."""
        node = super().get_single_node()
        if node is not None and _spelt_out(node, {}) > MOST_VALUES:
            raise yaml.composer.ComposerError(None, None, f"holds more than {MOST_VALUES:,} values", node.start_mark)
        return node

    def construct_scalar(self, node: Any) -> Any:
        """As usual; halves of UTF-16 letters are no text."""
        text = super().construct_scalar(node)
        if isinstance(text, str) and not text.isascii() and text.encode(errors="ignore").decode() != text:
            raise yaml.constructor.ConstructorError(
                None, None, "holds half a letter, which is no text", node.start_mark
            )
        return text

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """As usual; a key that is there twice is an error, not the last one's."""
        seen: set[str] = set()
        for key, _ in getattr(node, "value", ()):
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {name} stands twice", key.start_mark)
            seen.add(name)
        return dict(super().construct_mapping(node, deep))


def _spelt_out(node: Any, sizes: dict[int, float]) -> float:
    """The number of values below a node, each alias counted as what it stands for; endless where it is in that."""
    if id(node) not in sizes:
        sizes[id(node)] = math.inf
        below = node.value if isinstance(node, yaml.CollectionNode) else ()
        nodes = [part for value in below for part in (value if isinstance(value, tuple) else (value,))]
        sizes[id(node)] = 1 + sum(_spelt_out(part, sizes) for part in nodes)
    return sizes[id(node)]


def load_mapping(path: Path) -> Mapping:
    """The mapping that a file declares.

    Raises:
        MappingError: it can't be read, is no YAML, or declares what there is not.
    """
    return load_declared(path, "mapping file", Mapping, "feeds")


def load_declared(path: Path, what: str, model: type[_Model], key: str) -> _Model:
    """What a file declares, as the model of its parts.

    Args:
        what: it is called in errors.
        key: that the file has at its top.

    Raises:
        MappingError: as of `load_mapping`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise MappingError([f"{what} {path} cannot be read: {error.strerror}"]) from error
    return parse_declared(path.name, content, model, key)


def parse_mapping(name: str, content: bytes) -> Mapping:
    """The mapping that a file's content declares; `name` is what errors call the file.

    Raises:
        MappingError: as of `load_mapping`.
    """
    return parse_declared(name, content, Mapping, "feeds")


def parse_declared(name: str, content: bytes, model: type[_Model], key: str) -> _Model:
    """What a file's content declares; arguments and errors as of `load_declared`."""
    if len(content) > LARGEST:
        raise MappingError([f"{name}: is larger than {LARGEST >> 20} MB"])
    try:
        given = yaml.load(content.decode("utf-8-sig"), _Loader)  # noqa: S506  a loader that makes text alone
    except UnicodeDecodeError as error:
        raise MappingError([f"{name}: is not UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise MappingError([f"{name}: {where}{one_line(error.problem or 'is no YAML')}"]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError([f"{name}: is no YAML that can be read"]) from error
    if not isinstance(given, dict):
        raise MappingError([f"{name}: has no key `{key}` at its top"])
    try:
        return model.model_validate(given)
    except ValidationError as error:
        lines = [_line(name, problem) for problem in error.errors(include_url=False)]
        if len(lines) > _MOST_ERRORS:
            lines = [*lines[:_MOST_ERRORS], f"{name}: {len(lines) - _MOST_ERRORS:,} more errors"]
        raise MappingError(lines) from None
    except RecursionError as error:
        raise MappingError([f"{name}: is nested too deeply"]) from error


def _line(name: str, problem: Any) -> str:
    path = ""
    for step in problem["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    message = one_line(str(problem["msg"]).removeprefix("Value error, "))
    below = re.match(r"(\.[^ :]+): (.*)", message)  # said of something below the part that found it
    if below:
        path, message = path + below[1], below[2]
    message = _IN_PLAIN_WORDS.get(problem["type"], message)
    return f"{name}: {path.lstrip('.')}{': ' if path else ''}{message[:1].lower()}{message[1:]}"
