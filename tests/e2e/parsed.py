"""What dbt parses of the project, once for all homes that the forks of a test worker begin.

dbt keys what it parsed by the profile's connection, which names the home's warehouse: but for that hash and the times,
the parses of two homes are the same files. A copy with the home's hash in it takes the place of seconds of parsing.
"""

import hashlib
import os
import pprint
import shutil
from argparse import Namespace
from pathlib import Path

import msgpack

from assets.dbt.environment import environment_of
from contracts.project import dbt_project
from pipelines import manifest
from storage.home import DbtFolder

_OF_THE_HOME = ("PORTFOLIO_WAREHOUSE", "PORTFOLIO_TEMP_DIRECTORY")
_parse = manifest._parse


def parse_once(kept: Path) -> None:
    """Have this process parse no project that is in `kept`, and keep there what it parses."""

    def parse(target: DbtFolder, environment: dict[str, str]) -> None:
        others = {name: value for name, value in environment.items() if name not in _OF_THE_HOME}
        known = kept / manifest._fingerprint(others)
        if not known.exists():
            _parse(target, environment)
            _keep(target.path, known)
            return
        for path in known.iterdir():
            shutil.copyfile(path, target.path / path.name)  # with the rights that this process gives its files
        target.partial_parse.write_bytes(_for_profile(target.partial_parse.read_bytes(), profile_hash(environment)))

    manifest._parse = parse


def _keep(parsed: Path, known: Path) -> None:
    """Copy what dbt wrote; by a rename, since others may look."""
    beside = known.with_name(f"{known.name}-{os.getpid()}")
    beside.mkdir()
    for path in parsed.iterdir():
        if path.is_file() and path.name != "parse.lock":
            shutil.copyfile(path, beside / path.name)
    if not known.exists():
        beside.rename(known)


def profile_hash(environment: dict[str, str]) -> str:
    """What dbt keys a parse by, of the connection in an environment."""
    from dbt.config.runtime import load_profile
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    project = str(dbt_project())
    with environment_of(environment):
        set_invocation_context(os.environ)
        set_from_args(Namespace(PROFILES_DIR=project), None)
        credentials = load_profile(project, {}).credentials
    return hashlib.sha256(pprint.pformat(sorted(credentials.connection_info())).encode()).hexdigest()


def _for_profile(parsed: bytes, wanted: str) -> bytes:
    found = msgpack.unpackb(parsed, strict_map_key=False)["state_check"]["profile_hash"]["checksum"]
    assert parsed.count(found.encode()) == 1
    return parsed.replace(found.encode(), wanted.encode())
