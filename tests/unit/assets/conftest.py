"""The folders that ingestion works on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.ledger.ledger import Ledger

from .landing_home import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        yield Home(tmp_path, ledger)
