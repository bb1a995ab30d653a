"""What is in a wheel and an sdist, held to the files that are released."""

import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from packaging.metadata import Metadata

from release.errors import ReleaseError

_SHIPPED = (".py", ".sql", ".yml", ".yaml", ".typ", ".j2", ".html", ".txt")
"""Every such file below our packages is read where the wheel is installed."""
_GENERATED = ("PKG-INFO", "setup.cfg")


def check_wheel(wheel: Path, source: Path) -> None:
    """Hold a wheel to the files that it was built of.

    Raises:
        ReleaseError: a file is missing, is none of ours or differs, or the metadata is not what pyproject.toml says.
    """
    with zipfile.ZipFile(wheel) as archive:
        held = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    info = f"partner_portfolio-{project['project']['version']}.dist-info/"
    code = {name: content for name, content in held.items() if not name.startswith(info)}
    _same_files(wheel, code, source)
    packages = project["tool"]["mypy"]["packages"]
    links = {"contracts/dbt_project": source / "dbt_project"}
    wanted = {str(path.relative_to(source)) for name in packages for path in _shipped(source / name)}
    for link, folder in links.items():
        wanted |= {f"{link}/{path.relative_to(folder)}" for path in _shipped(folder)}
    if missing := sorted(wanted - code.keys()):
        raise ReleaseError(
            f"{wheel.name} lacks {missing[0]} ({len(missing)} files): see package-data in pyproject.toml"
        )
    if f"{info}METADATA" not in held:
        raise ReleaseError(f"{wheel.name} has no {info}METADATA: its version is not pyproject.toml's")
    _check_metadata(wheel, held[f"{info}METADATA"], project["project"])


def check_sdist(sdist: Path, source: Path) -> None:
    """Hold an sdist to the files that it was built of, as `check_wheel` does."""
    with tarfile.open(sdist) as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        held = {member.name.partition("/")[2]: archive.extractfile(member).read() for member in files}  # type: ignore[union-attr]
    generated = {name for name in held if name in _GENERATED or ".egg-info/" in name}
    _same_files(sdist, {name: content for name, content in held.items() if name not in generated}, source)
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    _check_metadata(sdist, held.get("PKG-INFO", b""), project)


def _same_files(built: Path, held: dict[str, bytes], source: Path) -> None:
    for name, content in sorted(held.items()):
        path = source / name
        if not path.is_file():
            raise ReleaseError(f"{built.name} holds {name}, which is no file of the commit")
        if path.read_bytes() != content:
            raise ReleaseError(f"{built.name} holds another {name} than the commit")


def _shipped(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in _SHIPPED and path.is_file()]


def _check_metadata(built: Path, text: bytes, project: dict[str, Any]) -> None:
    """Raise where an index would refuse the metadata, or where it is not what pyproject.toml declares."""
    try:
        metadata = Metadata.from_email(text, validate=True)
    except ExceptionGroup as errors:
        raise ReleaseError(f"{built.name}: {errors.exceptions[0]}") from errors
    found = metadata.name, str(metadata.version), str(metadata.requires_python), sorted(metadata.provides_extra or ())
    declared = project["requires-python"].split(",")
    wanted = project["name"], project["version"], declared, sorted(project["optional-dependencies"])
    if (found[0], found[1], sorted(found[2].split(",")), found[3]) != (*wanted[:2], sorted(wanted[2]), wanted[3]):
        raise ReleaseError(f"{built.name} says {found}, pyproject.toml {wanted}")
