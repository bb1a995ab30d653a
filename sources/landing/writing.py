"""Writing landing partitions: the folder of a day, or a file in it, is there whole or not at all."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

# Names that begin with "_" are no partitions to whoever reads the landing folder meanwhile.
_UNFINISHED = "_{day}.unfinished"
_REPLACED = "_{day}.replaced"


@contextmanager
def replacing_partition(
    landing: Path, dataset: str, day: date, keeping: Callable[[str], bool] | None = None
) -> Iterator[Path]:
    """A folder to write a partition's files into; when the block ends, it takes the place of the one that may be there.

    Args:
        landing: the landing folder; made where it is missing.
        keeping: of files that are there already, which names stay beside the new ones; none without it.

    Raises:
        OSError: it can't be written. The partition is then as it was, as it is when the block raises.
    """
    folder = landing / dataset
    unfinished = folder / _UNFINISHED.format(day=day)
    replaced = folder / _REPLACED.format(day=day)
    target = folder / day.isoformat()
    _restore(folder, day)
    for leftover in (unfinished, replaced):
        if leftover.exists():
            shutil.rmtree(leftover)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        if keeping is not None and target.is_dir():
            for path in sorted(target.iterdir()):
                if path.is_file() and keeping(path.name) and not (unfinished / path.name).exists():
                    shutil.copy2(path, unfinished / path.name)
    except Exception:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if target.exists():
        target.rename(replaced)
    unfinished.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def replacing_in_partition(landing: Path, dataset: str, day: date, name: str) -> Iterator[Path]:
    """A path to write a partition's file to; when the block ends, it is there under this name, and others stay.

    What a killed process left of it is written over by whoever writes the partition again.

    Raises:
        OSError: it can't be written. The partition is then as it was, as it is when the block raises.
    """
    folder = landing / dataset
    folder.mkdir(parents=True, exist_ok=True)
    _restore(folder, day)
    target = folder / day.isoformat()
    unfinished = folder / f"{_UNFINISHED.format(day=day)}-file"
    try:
        yield unfinished
        target.mkdir(exist_ok=True)
        unfinished.replace(target / name)
    finally:
        unfinished.unlink(missing_ok=True)


def put_in_partition(landing: Path, dataset: str, day: date, name: str, source: Path) -> None:
    """Put a copy of a file into a partition as `replacing_in_partition` does."""
    with replacing_in_partition(landing, dataset, day, name) as unfinished:
        shutil.copyfile(source, unfinished)


def _restore(folder: Path, day: date) -> None:
    """Bring back a partition that a killed process had set aside, and had not replaced yet."""
    replaced, target = folder / _REPLACED.format(day=day), folder / day.isoformat()
    if replaced.exists() and not target.exists():
        replaced.rename(target)
