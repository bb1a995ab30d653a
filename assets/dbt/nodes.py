"""Nodes of dbt's manifest."""

from collections.abc import Mapping
from typing import Any


def dbt_schema(node: Mapping[str, Any]) -> str:
    """A model's schema as the project configures it (`marts`), whatever the engine's database for it is called."""
    return str(node.get("config", {}).get("schema") or node["schema"])
