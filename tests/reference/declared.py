"""Which of the specified marts and columns the dbt project declares so far."""

from collections.abc import Mapping
from pathlib import Path

import yaml

MODELS = Path(__file__).parents[2] / "dbt_project" / "models" / "marts"
Columns = dict[str, dict[str, str]]


def as_declared(specified: Columns, added: Mapping[str, str]) -> Columns:
    """The declared marts with all their specified columns; those `added` to a mart count as soon as it has one."""
    declared = _declared_columns()
    found = {mart: columns for mart, columns in specified.items() if mart in declared}
    for mart, names in added.items():
        if not declared[mart] & set(names.split()):
            found[mart] = {name: kind for name, kind in found[mart].items() if name not in names.split()}
    return found


def _declared_columns() -> dict[str, set[str]]:
    """mart -> the names of its columns, as its YAML has them."""
    return {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in sorted(MODELS.rglob("*.yml"))
        for model in yaml.load(path.read_bytes(), yaml.CSafeLoader).get("models", [])
    }
