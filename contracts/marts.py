"""The marts as the YAML beside the dbt models declares them: whoever needs their columns or grain asks here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contracts.doc_blocks import read_blocks, resolved
from contracts.project import dbt_project
from expectations.wording import one_line

MODELS_FOLDER = dbt_project() / "models"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where there is one, reads all marts in a tenth


@dataclass(frozen=True)
class MartColumn:
    """A column of a mart."""

    name: str
    type: str
    """As dbt names it: string, bigint, double, date or boolean."""
    nullable: bool
    description: str
    """What it means, in one line."""


@dataclass(frozen=True)
class MartTest:
    """A data test that each build of the mart has to pass."""

    kind: str
    """The generic test."""
    name: str
    description: str
    """What it holds, in one line."""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mart:
    """A mart: what its rows and columns are, and what is tested of them."""

    name: str
    section: str
    """The folder that declares it: a section of the dashboard, `core` (what spans them) or `star`."""
    description: str
    """What it holds, in one line that ends `One row per …`."""
    columns: tuple[MartColumn, ...]
    tests: tuple[MartTest, ...] = ()

    @property
    def grain(self) -> tuple[str, ...]:
        """The columns that the first `unique_grain` test holds to be the key; none where there is no such test."""
        grains = (tuple(test.arguments["columns"]) for test in self.tests if test.kind == "unique_grain")
        return next(grains, ())


def read_marts(models: Path = MODELS_FOLDER) -> tuple[Mart, ...]:
    """Every mart: folders by name, and their marts as declared.

    Args:
        models: the folder of the models; `marts` in it has a folder for each section, `core` and `star`.

    Raises:
        DocBlockError: a description names a doc block that there is not.
    """
    blocks = read_blocks(models)
    return tuple(mart for path in sorted((models / "marts").rglob("*.yml")) for mart in _marts_of(path, blocks))


def by_section(marts: Sequence[Mart]) -> dict[str, list[Mart]]:
    """The marts of each section, in order."""
    found: dict[str, list[Mart]] = {}
    for mart in marts:
        found.setdefault(mart.section, []).append(mart)
    return found


def _marts_of(path: Path, blocks: Mapping[str, str]) -> Iterator[Mart]:
    declared = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  a safe one
    for model in declared.get("models") or ():
        yield Mart(
            model["name"],
            path.parent.name,
            _text(model, blocks),
            tuple(_column(column, blocks) for column in model["columns"]),
            tuple(_test(kind, test, blocks) for entry in model.get("data_tests", ()) for kind, test in entry.items()),
        )


def _column(column: Mapping[str, Any], blocks: Mapping[str, str]) -> MartColumn:
    constraints = {constraint["type"] for constraint in column.get("constraints", ())}
    return MartColumn(column["name"], column["data_type"], "not_null" not in constraints, _text(column, blocks))


def _test(kind: str, test: Mapping[str, Any], blocks: Mapping[str, str]) -> MartTest:
    return MartTest(kind, test["name"], _text(test, blocks), test.get("arguments", {}))


def _text(described: Mapping[str, Any], blocks: Mapping[str, str]) -> str:
    """A description as one line."""
    return one_line(resolved(described["description"], blocks))
