"""The layout of `docs/catalogue` in the home folder: a part of `storage.home`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Catalogue:
    """What data catalogues and semantic layers take, each file in the newest version of its standard."""

    path: Path

    @property
    def raw_contract(self) -> Path:
        """The raw contract (ODCS 3.2)."""
        return self.path / "raw.odcs.yaml"

    @property
    def mart_contract(self) -> Path:
        """The mart contract (ODCS 3.2)."""
        return self.path / "marts.odcs.yaml"

    @property
    def data_product(self) -> Path:
        """The data product (ODPS 1.1)."""
        return self.path / "portfolio.odps.yaml"

    @property
    def metrics(self) -> Path:
        """The semantic layer (OSI 0.1.1)."""
        return self.path / "metrics.osi.json"
