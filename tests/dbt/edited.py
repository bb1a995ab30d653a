"""Models of the project as another edit of their files would have them."""

import dataclasses

import pytest
from dbt.contracts.graph.manifest import Manifest


class Edited:
    """Models of the project as another edit of their files would have them; taken back at the end."""

    def __init__(self, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
        self._nodes = {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}
        self._monkeypatch = monkeypatch

    def sql(self, model: str, sql: str) -> None:
        """Give a model other SQL; `{}` in it is what it has."""
        node = self._nodes[model]
        self._monkeypatch.setattr(node, "raw_code", sql.replace("{}", f"({node.raw_code})"))

    def declare(self, model: str, column: str, data_type: str) -> None:
        """Declare a column as of another type."""
        columns = self._nodes[model].columns
        self._monkeypatch.setitem(columns, column, dataclasses.replace(columns[column], data_type=data_type))
