"""Build distributions of a copy of the checkout, and install them into an environment that shares its dependencies."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from .running import TIMEOUT_SECONDS

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
_NOT_COPIED = shutil.ignore_patterns(
    *(".*", "*.egg-info", "__pycache__", "artifacts", "build", "demo", "dist", "logs", "target")
)
_LITTER = ("target/run/x.sql", "logs/dbt.log", "dbt_packages/other/macros/x.sql", ".user.yml")
_SETTINGS = ("PYTHON", "PORTFOLIO_", "DAGSTER_", "DBT_", "VIRTUAL_ENV")


def littered_copy(folder: Path) -> Path:
    """A copy of the checkout in which dbt has left what it leaves when it is run by hand."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=_NOT_COPIED)
    for name in _LITTER:
        path = folder / "dbt_project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return folder


def build(source: Path, kind: str, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` of a folder or an archive, with the setuptools that are installed; the file."""
    offline = ["--offline", "--no-build-isolation", "--python", sys.executable]
    _succeed([UV, "build", "--quiet", f"--{kind}", *offline, "--out-dir", folder, source])
    (built,) = folder.glob("partner_portfolio-*")
    return built


def contents(wheel: Path) -> dict[str, bytes]:
    """A wheel's files by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}


class Installed:
    """A wheel in an environment of its own, whose packages may only be read."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        _succeed([UV, "venv", "--quiet", "--offline", "--python", sys.executable, folder])
        self.bin = folder / "bin"
        # A copy and no links: what is made read-only here stays as it is in uv's cache.
        options = ["--offline", "--no-cache", "--no-deps", "--compile-bytecode", "--link-mode", "copy"]
        _succeed([UV, "pip", "install", "--quiet", *options, "--python", self.bin / "python", wheel])
        (self.packages,) = folder.glob("lib/python*/site-packages")
        # Python runs no .pth file of a folder that another one names: the checkout's own editable install stays out.
        (self.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        dbt = self.bin / "dbt"
        dbt.write_text(f"#!{self.bin / 'python'}\nfrom dbt.cli.main import cli\ncli()\n")
        dbt.chmod(0o755)
        for path in (self.packages, *self.packages.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        self._files = self._listing()

    def run(self, program: str, *arguments: str | Path, folder: Path, **environment: str | Path) -> str:
        """Run a program in a folder; it succeeds and leaves the packages alone, also as root. What it said."""
        given = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
        said = _succeed(
            [self.bin / program, *arguments], folder, given | {name: str(value) for name, value in environment.items()}
        )
        assert self._listing() == self._files, "something is written beside the code"
        return said

    def forget(self) -> None:
        """Make the packages writable, so that the folder can be removed."""
        for path in (self.packages, *self.packages.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)

    def _listing(self) -> dict[Path, tuple[int, str]]:
        """Each folder and file with its mtime, which in a folder tells of files that came and went, and its content."""
        return {
            path: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
            for path in (self.packages, *self.packages.rglob("*"))
        }


def _succeed(command: list[str | Path], folder: Path | None = None, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
