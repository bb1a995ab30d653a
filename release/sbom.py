"""The bill of materials: what an installation of requirements-runtime.lock consists of, in CycloneDX's JSON."""

import json
import os
import subprocess
import sys
import uuid
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from release.errors import ReleaseError

_UV = Path(sys.executable).with_name("uv")


def write_sbom(source: Path, lock: Path, day: date, target: Path) -> None:
    """Write the bill of materials: each package of the lock that this system and Python get, with licence and needs.

    The lock alone, without an environment, gives cyclonedx-bom neither licences nor what needs what. Neither time nor
    serial number is of the moment: the same commit gives the same file.

    Args:
        source: the released files.
        lock: what is installed.
        day: the release's (UTC).
        target: the file.

    Raises:
        ReleaseError: packages can't be had, or the file would name a place of this machine.
    """
    with TemporaryDirectory(prefix="portfolio-sbom-") as folder:
        tool = _environment(source / "release" / "requirements.lock", Path(folder) / "tool")
        python = _environment(lock, Path(folder) / "runtime")
        written = Path(folder) / "bom.json"
        options: list[str | Path] = [
            "--pyproject",
            source / "pyproject.toml",
            "--output-format",
            "JSON",
            "--output-reproducible",
        ]
        _run(tool.with_name("cyclonedx-py"), "environment", *options, "--output-file", written, python)
        text = _text(without_addresses(json.loads(written.read_text(encoding="utf-8"))), day)
        if folder in text:
            raise ReleaseError(f"the bill of materials names {folder}: release/sbom.py has to leave that out")
    target.write_text(text, encoding="utf-8")


def without_addresses(bom: Any) -> Any:
    """The same without the addresses of projects, some of which are a registry's; a package's `purl` names it."""
    if isinstance(bom, dict):
        return {name: without_addresses(value) for name, value in bom.items() if name != "externalReferences"}
    return [without_addresses(value) for value in bom] if isinstance(bom, list) else bom


def _text(bom: dict[str, Any], day: date) -> str:
    root = bom["metadata"]["component"]
    bom["metadata"]["timestamp"] = f"{day.isoformat()}T00:00:00Z"
    named = uuid.uuid5(uuid.NAMESPACE_URL, f"{root['name']}/{root['version']}/{day.isoformat()}")
    bom["serialNumber"] = named.urn
    return json.dumps(bom, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _environment(lock: Path, folder: Path) -> Path:
    """An environment of what a lock names, checked by its hashes; its Python."""
    _run(_UV, "venv", "--quiet", "--python", sys.executable, folder)
    _run(_UV, "pip", "sync", "--quiet", "--python", folder / "bin" / "python", lock)
    return folder / "bin" / "python"


def _run(program: Path, *arguments: str | Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([program, *arguments], env=kept, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise ReleaseError(f"{program.name} {arguments[0]} failed: {lines[-1]}")
