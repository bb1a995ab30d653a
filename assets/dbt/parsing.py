"""The dbt project parsed in this process, and kept as what a build begins with."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assets.dbt.environment import environment_of
from assets.dbt.running import invoke
from storage.home import DbtFolder

_WHOLE = ["parse", "--no-partial-parse", "--log-level", "none", "--no-send-anonymous-usage-stats"]
"""dbt takes a YAML file for the one it parsed when the mtimes are equal; those of installed files may all be."""


class ParseError(Exception):
    """dbt can't parse the project: what it says."""


def parse_project(project: Path, target: DbtFolder, environment: Mapping[str, str]) -> None:
    """Parse the whole project into a folder: dbt's manifests, and a pickle of what dbt makes of them.

    Args:
        environment: what profile and models read; `DBT_*` variables of the user are out of it.

    Raises:
        ParseError: dbt refuses the project.
        OSError: the folder can't be written.
    """
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    folders += ["--target-path", str(target.path), "--log-path", str(target.path)]
    with environment_of(environment):
        parsed = invoke([*_WHOLE, *folders])
    if isinstance(parsed.exception, OSError):
        raise parsed.exception
    if not parsed.success:
        raise ParseError(str(parsed.exception or "no message"))
    manifest = parsed.result
    # For parsing in part alone, and as much as all the rest.
    files, manifest.files = manifest.files, {}
    target.pickled.write_bytes(pickle.dumps(manifest, pickle.HIGHEST_PROTOCOL))
    manifest.files = files


def parsed_manifest(target: DbtFolder) -> Any:
    """What dbt parsed, as it takes it; None where it can't be read, and dbt has to parse again.

    Unpickling runs what the file says. It is read from the home folder alone, whose owner's right it takes to write
    there: whoever has that can also change the project that dbt runs, and the hash key.
    """
    try:
        return pickle.loads(target.pickled.read_bytes())  # noqa: S301
    except Exception:  # whatever a file that was cut off, or of other versions, raises
        return None
