"""What dbt makes of the project, once for all homes that the forks of a test worker begin: its parse, its templates.

The parses of two homes are the same files, but for times and for the hash of the home's connection, by which dbt's own
command knows whose parse it is; builds begin with the pickle. Compiling the macros' templates is a fifth of a build.
"""

import hashlib
import marshal
import os
import shutil
from pathlib import Path
from typing import Any

from pipelines import manifest
from storage.home import DbtFolder

_OF_THE_HOME = ("PORTFOLIO_WAREHOUSE", "PORTFOLIO_TEMP_DIRECTORY")
_parse = manifest._parse


def make_once(kept: Path) -> None:
    """Have this process parse no project and compile no template that is in `kept`, and keep there what it makes."""
    _parse_once(kept)
    templates = kept / "templates"
    templates.mkdir(exist_ok=True)
    _compile_once(templates)


def _parse_once(kept: Path) -> None:
    def parse(target: DbtFolder, environment: dict[str, str]) -> None:
        others = {name: value for name, value in environment.items() if name not in _OF_THE_HOME}
        known = kept / manifest._fingerprint(others)
        if not known.exists():
            _parse(target, environment)
            _keep(target.path, known)
            return
        for path in known.iterdir():
            shutil.copyfile(path, target.path / path.name)  # with the rights that this process gives its files

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


def _compile_once(kept: Path) -> None:
    """The code of a template follows from its text, and from the kind of environment: dbt makes all of a kind alike."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_template = MacroFuzzEnvironment.compile

    def compile_known(self: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        if arguments or options or not isinstance(source, str):
            return compile_template(self, source, *arguments, **options)
        known = kept / hashlib.sha256(f"{type(self).__qualname__} {source}".encode()).hexdigest()
        if known.exists():
            return marshal.loads(known.read_bytes())  # noqa: S302  written by a fork of the same worker
        code = compile_template(self, source)
        beside = known.with_name(f"{known.name}-{os.getpid()}")
        beside.write_bytes(marshal.dumps(code))
        beside.replace(known)
        return code

    MacroFuzzEnvironment.compile = compile_known
