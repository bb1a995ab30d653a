"""The folders of publications: `<serving>/publications/<id>/`, and `<serving>/parquet`, which leads into one of them.

What has no publication's name there is somebody else's: a backup, a note. It is neither counted nor touched.
"""

import re
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from storage.home import Serving

_ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")


def new_id(now: datetime) -> str:
    """The id of a publication that is made at `now` (UTC): ids sort by time."""
    return f"{now:%Y%m%dT%H%M%S%fZ}-{uuid4().hex[:8]}"


def kept_folders(serving: Path) -> list[Path]:
    """The folders of whole publications, oldest first."""
    return [path for path in _entries(serving) if _is_folder(path) and _ID.fullmatch(path.name)]


def unfinished_folders(serving: Path) -> list[Path]:
    """The folders in which publications are being written, or were when their process was killed."""
    return [
        path
        for path in _entries(serving)
        if _is_folder(path) and path.name.startswith(".") and _ID.fullmatch(path.name[1:])
    ]


def foreign_entries(serving: Path) -> list[Path]:
    """What somebody else put among the publications."""
    ours = {*kept_folders(serving), *unfinished_folders(serving)}
    return [path for path in _entries(serving) if path not in ours]


def beside_parquet(serving: Path) -> Path:
    """Where a link is made that will take the place of `<serving>/parquet`."""
    parquet = Serving(serving).parquet
    return parquet.with_name(f".{parquet.name}")


def parquet_link(serving: Path, publication_id: str) -> Path:
    """A link to a publication's Parquet files, beside `<serving>/parquet`, whose place it will take."""
    link = beside_parquet(serving)
    link.unlink(missing_ok=True)
    link.symlink_to(Serving(Path()).kept(publication_id).parquet)
    return link


def lead_parquet_to(serving: Path, publication_id: str) -> bool:
    """Have `<serving>/parquet` lead to a publication's files, where it is a link or is gone; whether it did not."""
    parquet, wanted = Serving(serving).parquet, Serving(serving).kept(publication_id).parquet
    somebodys = parquet.exists() and not parquet.is_symlink()
    if somebodys or not wanted.is_dir() or (parquet.is_symlink() and parquet.resolve() == wanted.resolve()):
        return False
    parquet_link(serving, publication_id).replace(parquet)
    return True


def _entries(serving: Path) -> list[Path]:
    folder = Serving(serving).publications
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
