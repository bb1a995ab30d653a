"""docs/mapping/README.md lists every key of the mapping file, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from sources.mapping.columns import Column
from sources.mapping.declared import Declared
from sources.mapping.model import Mapping
from sources.mapping.reading import Read

PAGE = Path(__file__).resolve().parents[4] / "docs" / "mapping" / "README.md"
TWICE = ("columns.*.lookup.read.",)
"""Keys that are listed once, elsewhere."""


def models(annotation: Any, path: str) -> Iterator[tuple[type[Declared], str]]:
    """The parts that a field holds, with the path to their keys."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        yield annotation, path
    elif get_origin(annotation) is tuple:
        yield from models(get_args(annotation)[0], f"{path}[]")
    elif get_origin(annotation) is dict:
        yield from models(get_args(annotation)[1], f"{path}.*")
    elif get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from models(one, path)
    elif hasattr(annotation, "__metadata__"):
        yield from models(get_args(annotation)[0], path)


def keys(model: type[Declared], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{path}{'.' if path else ''}{field.alias or name}"
        yield key
        for below, place in models(field.annotation, key):
            if below is not Column:
                yield from keys(below, place)


def test_the_page_lists_every_key_and_no_other():
    declared = {*keys(Mapping), *keys(Column, "columns.*")}
    declared -= {key for key in declared if key.startswith(TWICE)}
    listed = set(re.findall(r"^\| `(feeds[^`]*|columns\.\*[^`]*)` \|", PAGE.read_text(), re.MULTILINE))
    assert listed == declared


def test_the_keys_that_are_listed_once_are_those_of_read():
    assert {f"columns.*.lookup.read.{name}" for name in Read.model_fields} == {
        key for key in keys(Column, "columns.*") if key.startswith(TWICE)
    }
