"""Great Expectations suites as plain declarations: what is expected of accepted rows and of partition profiles.

Nothing here imports Great Expectations; `expectations.gx` turns the rules into its expectations and runs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One expectation: its name in Great Expectations, its arguments, and what it says in words."""

    expectation: str
    arguments: Mapping[str, Any]
    meaning: str


@dataclass(frozen=True)
class Suite:
    """A named list of rules over one frame."""

    name: str
    rules: tuple[Rule, ...]
