"""What tests of the source begin with."""

from pathlib import Path

import pytest

from .partner import Partner


@pytest.fixture
def partner(tmp_path: Path) -> Partner:
    return Partner(tmp_path)
