"""Packages that C code looks for to ask whether a value is of theirs: it is told that they are not there.

DuckDB looks for pandas at each parameter of a statement, Arrow at each list that it makes an array of; where pandas is
installed that loads it, which takes half a second. Whoever needs it has an `import` statement, which loads it as ever;
from then on C code finds it, too.
"""

import dis
import sys
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

UNSEEN = frozenset({"pandas"})
_IMPORT = dis.opmap["IMPORT_NAME"]


def hide_from_c_code() -> None:
    """From now on these packages are loaded by an `import` statement, or by importlib, alone."""
    sys.meta_path.insert(0, UnseenFinder(UNSEEN))


class UnseenFinder(MetaPathFinder):
    """Finds nothing: it stops the search for a package that no statement asks for."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """None, with which the search goes on.

        Raises:
            ModuleNotFoundError: C code looks for one of the packages.
        """
        if name in self._names and not _is_stated(sys._getframe(1)):
            raise ModuleNotFoundError(f"{name} is loaded by an import statement alone", name=name)
        return None


def _is_stated(frame: FrameType | None) -> bool:
    """Whether the frame that waits for the import executes an import statement, or is importlib's own."""
    while frame is not None and "importlib._bootstrap" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is None or frame.f_globals.get("__name__") in ("importlib", "importlib.util"):
        return True
    return frame.f_code.co_code[frame.f_lasti] == _IMPORT
