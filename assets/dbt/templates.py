"""What Jinja compiles of the project's templates, kept from one build to the next.

dbt compiles each model's and each macro's template in every process anew: some 200 of them, 0.4 CPU s of a build.
"""

import hashlib
import marshal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

from storage.files.atomic import replacing

_Compiled = dict[tuple[str, str], CodeType]
"""Code by the kind of environment that compiles, and the template's source, which are all that it depends on."""
_DIGEST = hashlib.sha256().digest_size


@contextmanager
def kept_templates(file: Path) -> Iterator[None]:
    """Have dbt take templates from the file where they are in it, and write those of the block to it when one was not.

    Loading the file trusts it as `assets.dbt.parsing.parsed_manifest` trusts the one beside it.
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    before, used = _read(file), _Compiled()
    compile_anew = MacroFuzzEnvironment.compile

    def compile_once(self: Any, source: Any, *args: Any, **options: Any) -> Any:
        if args or options or not isinstance(source, str):
            return compile_anew(self, source, *args, **options)
        key = (type(self).__qualname__, source)
        code = used.get(key) or before.get(key) or compile_anew(self, source)
        used[key] = code
        return code

    MacroFuzzEnvironment.compile = compile_once  # type: ignore[method-assign]
    try:
        yield
    finally:
        MacroFuzzEnvironment.compile = compile_anew  # type: ignore[method-assign]
    if not used.keys() <= before.keys():
        with replacing(file) as beside:
            code = marshal.dumps((_made_by(), used))
            beside.write_bytes(hashlib.sha256(code).digest() + code)


def _read(file: Path) -> Mapping[tuple[str, str], CodeType]:
    """What the file holds; nothing where there is none, or it is damaged, or of other versions."""
    if not file.exists():
        return {}
    written = file.read_bytes()
    digest, code = written[:_DIGEST], written[_DIGEST:]
    if hashlib.sha256(code).digest() != digest:  # damaged code would not raise an error, but end Python
        return {}
    try:
        made_by, compiled = marshal.loads(code)  # noqa: S302
    except (EOFError, TypeError, ValueError):  # another Python's
        return {}
    return compiled if made_by == _made_by() else {}


def _made_by() -> str:
    return f"{sys.version} {version('jinja2')} {version('dbt-common')}"
