"""How many cases, and which."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

_FUZZ = int(os.environ.get("PORTFOLIO_FUZZ", "0"))


def cases(usual: int) -> Callable[[Any], Any]:
    """Settings of a fuzz test: the usual number of cases, the same every time, or as many as the environment says."""
    return settings(
        max_examples=_FUZZ or usual,
        deadline=None,
        database=None,
        derandomize=not _FUZZ,
        suppress_health_check=list(HealthCheck),
    )
