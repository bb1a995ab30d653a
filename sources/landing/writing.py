"""Writing landing partitions: the folder of a day is there whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

# Names that begin with "_" are no partitions to whoever reads the landing folder meanwhile.
_UNFINISHED = "_{day}.unfinished"
_REPLACED = "_{day}.replaced"


@contextmanager
def replacing_partition(landing: Path, dataset: str, day: date) -> Iterator[Path]:
    """A folder to write a partition's files into; when the block ends, it takes the place of the one that may be there.

    Args:
        landing: the landing folder; made where it is missing.

    Raises:
        OSError: it can't be written. The partition is then as it was, as it is when the block raises.
    """
    folder = landing / dataset
    unfinished = folder / _UNFINISHED.format(day=day)
    replaced = folder / _REPLACED.format(day=day)
    target = folder / day.isoformat()
    if replaced.exists() and not target.exists():  # killed between the two renames at the end
        replaced.rename(target)
    for leftover in (unfinished, replaced):
        if leftover.exists():
            shutil.rmtree(leftover)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
    except Exception:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if target.exists():
        target.rename(replaced)
    unfinished.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)
