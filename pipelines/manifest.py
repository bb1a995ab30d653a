"""The dbt manifest that Dagster's definitions are made from, parsed again only when the dbt project changed."""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

from assets.dbt.build import ENGINE
from assets.dbt.parsing import ParseError, parse_project
from contracts.project import dbt_project
from expectations.wording import one_line
from storage.files.atomic import storage_errors
from storage.files.locks import exclusive
from storage.home import DbtFolder, Home

PARSE_WHOLE = ("--quiet", "--no-partial-parse")
"""dbt takes a YAML file for the one it parsed when the mtimes are equal; those of installed files may all be."""
_MAKERS = ("dbt-core", "dbt-common", "dbt-adapters")
_SOURCES = ("models", "macros", "tests", "dbt_project.yml", "profiles.yml")


class ManifestError(Exception):
    """dbt can't parse the project: one line, with where its log is."""


def dbt_executable() -> Path:
    """The dbt command of this environment."""
    return Path(sys.executable).with_name("dbt")


def dbt_command(engine: str) -> list[str]:
    """The command that runs dbt: on Spark with our arithmetic."""
    return [str(dbt_executable())] if engine == "duckdb" else [sys.executable, "-m", "assets.dbt.ansi"]


def dbt_folders(target: DbtFolder) -> dict[str, str]:
    """The variables that tell the dbt command where the project is, and where its artefacts and log go."""
    project = str(dbt_project())
    return {
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET_PATH": str(target.path),
        "DBT_LOG_PATH": str(target.path),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def prepare_manifest(home: Home, environment: dict[str, str]) -> Path:
    """Parse the dbt project into `<home>/dbt`, unless what is there is of the project as it stands; its manifest.json.

    What is parsed for Spark has a folder of its own, `<home>/dbt/spark`.

    Args:
        home: the home folder; each has its own, since dbt keys what it parsed by the profile.
        environment: what the profile reads.

    Raises:
        ManifestError: dbt refuses the project.
        StorageError: the home folder can't be written.
    """
    target = home.dbt_spark if environment.get(ENGINE) == "spark" else home.dbt
    with storage_errors(target.path), exclusive(home.parse_lock):
        target.path.mkdir(parents=True, exist_ok=True)
        wanted = _fingerprint(environment)
        if not (
            target.stamp.exists()
            and target.stamp.read_text(encoding="utf-8", errors="replace") == wanted
            and _is_whole(target)
        ):
            # First, so that a parse that is killed leaves no manifest that passes for whole.
            target.stamp.unlink(missing_ok=True)
            _parse(target, environment)
            target.stamp.write_text(wanted, encoding="utf-8")
    return target.manifest


def _is_whole(target: DbtFolder) -> bool:
    """Whether what dbt parsed can be read: a file that was cut off is made again."""
    try:
        for path in (target.manifest, target.semantic_manifest):
            json.loads(path.read_text(encoding="utf-8"))
        return target.pickled.stat().st_size > 0
    except (OSError, ValueError):
        return False


def _parse(target: DbtFolder, environment: dict[str, str]) -> None:
    try:
        parse_project(dbt_project(), target, environment)
    except ParseError as error:
        raise ManifestError(f"dbt can't parse {dbt_project()}: {one_line(error)} ({target.log})") from error


def models_digest() -> str:
    """Digest of the SQL that decides the marts' rows: models and macros, not their documentation or tests."""
    digest = hashlib.sha256()
    project = dbt_project()
    for path in sorted([*(project / "models").rglob("*.sql"), *(project / "macros").rglob("*.sql")]):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _fingerprint(environment: dict[str, str]) -> str:
    adapter = f"dbt-{environment.get(ENGINE, 'duckdb')}"
    made_by = [sys.version, *(f"{name} {version(name)}" for name in (*_MAKERS, adapter))]
    digest = hashlib.sha256(f"{made_by} {sorted(environment.items())}".encode())
    project = dbt_project()
    for name in _SOURCES:
        root = project / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
