"""The layout of the folder of a Dagster instance: in the home folder it is a part of `storage.home`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InstanceFolder:
    """The folder of a Dagster instance: a home's own, or one that several homes share."""

    path: Path

    @property
    def config(self) -> Path:
        """The instance's configuration."""
        return self.path / "dagster.yaml"

    @property
    def logs(self) -> Path:
        """The logs of the web server and the daemon."""
        return self.path / "logs"

    @property
    def workspace(self) -> Path:
        """Which homes there are, for Dagster's servers, where there are several."""
        return self.path / "workspace.yaml"

    @property
    def lock(self) -> Path:
        """Held together by the commands that run in the instance, of any home; alone by what migrates its storage."""
        return self.path / "instance.lock"

    def location(self, name: str) -> Path:
        """The file by which Dagster's servers load one home's definitions."""
        return self.path / "locations" / f"home_{name}.py"  # a module: `json.py` would hide another
