"""A file of the inbox as the tables' files in it: unpacked where it is a .gz or .zip, within limits."""

import fnmatch
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sources.mapping.reading import Read
from sources.readers.errors import TooLargeError, UnreadableFileError, listed
from sources.readers.limits import ReadLimits, file_too_large
from sources.readers.raw_file import PIECE, expanded, opened

FORMAT_OF = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""Formats by the ending of a name, in any case."""
_MOST_MEMBERS = 1_000
_SET_ASIDE = ("__MACOSX/", ".", "_", "~$")


@dataclass(frozen=True)
class Part:
    """One table's file: an inbox file itself, or what was unpacked of it."""

    name: str
    path: Path
    format: str
    inside: str = ""
    """Its path in the archive."""


def format_of(name: str, read: Read) -> str:
    """The format of a file: what the feed says, or else what its ending says.

    Raises:
        UnreadableFileError: neither says one.
    """
    ending = PurePosixPath(name).suffix.lower()
    found = read.format or FORMAT_OF.get(ending)
    if found is None and ending == ".xls":
        raise UnreadableFileError("is an Excel workbook of the old kind (.xls): save it as .xlsx, or its sheet as CSV")
    if found is None:
        known = ", ".join(FORMAT_OF)
        raise UnreadableFileError(f"ends with {ending or 'nothing'}: `read.format` says what it is, or one of {known}")
    return found


def parts_of(path: Path, read: Read, limits: ReadLimits, scratch: Path) -> Iterator[Part]:
    """The tables' files of an inbox file, in the order of their names; unpacked ones live until the next is asked for.

    Args:
        scratch: a folder that unpacked files are written to.

    Raises:
        UnreadableFileError: it can't be unpacked, holds none, or more than the limits allow.
    """
    ending = path.suffix.lower()
    if ending == ".gz":
        inner = path.name[: -len(".gz")]
        yield from _written(inner, format_of(inner, read), _gunzipped(path), limits, scratch)
    elif ending == ".zip":
        yield from _unzipped(path, read, limits, scratch)
    else:
        with opened(path):
            yield Part(path.name, path, format_of(path.name, read))


def first_member(path: Path) -> str:
    """The path in a `.zip` of the first file that is read of it.

    Raises:
        UnreadableFileError: it is no such archive, or holds none.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            return _members(packed, Read())[0].filename
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError("is no valid zip archive, or is truncated") from error


def _gunzipped(path: Path) -> Iterator[bytes]:
    with opened(path) as raw:
        yield from expanded(raw.pieces())


def _written(name: str, kind: str, pieces: Iterable[bytes], limits: ReadLimits, scratch: Path) -> Iterator[Part]:
    place, size = scratch / f"unpacked.{kind}", 0
    try:
        with place.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > limits.file_size:
                    raise TooLargeError(file_too_large(limits))
                file.write(piece)
        yield Part(name, place, kind)
    finally:
        place.unlink(missing_ok=True)


def _unzipped(path: Path, read: Read, limits: ReadLimits, scratch: Path) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(path) as packed:
            members = _members(packed, read)
            if sum(member.file_size for member in members) > limits.file_size:
                raise TooLargeError(file_too_large(limits))
            left = limits.file_size
            for member in members:
                name = PurePosixPath(member.filename).name
                for part in _written(
                    name, format_of(name, read), _member(packed, member, left, limits), limits, scratch
                ):
                    left -= part.path.stat().st_size
                    yield replace(part, inside=member.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnreadableFileError("is no valid zip archive, or is truncated") from error
    except RuntimeError as error:
        if "password" not in str(error) and "encrypted" not in str(error):
            raise
        raise UnreadableFileError("is a zip archive with a password; unpack it") from error


def _member(packed: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, limits: ReadLimits) -> Iterator[bytes]:
    with packed.open(member) as file:
        while piece := file.read(PIECE):
            left -= len(piece)
            if left < 0:  # the archive's list of sizes is not to be trusted
                raise TooLargeError(file_too_large(limits))
            yield piece


def _members(packed: zipfile.ZipFile, read: Read) -> list[zipfile.ZipInfo]:
    """The members that are read, in the order of their names."""
    files = [
        entry
        for entry in packed.infolist()
        if not entry.is_dir()
        and not entry.filename.startswith(_SET_ASIDE)
        and not PurePosixPath(entry.filename).name.startswith(_SET_ASIDE)
    ]
    if read.members is not None:
        found = [entry for entry in files if any(_matches(entry.filename, pattern) for pattern in read.members)]
    elif read.format is not None:
        found = files
    else:
        known = [entry for entry in files if PurePosixPath(entry.filename).suffix.lower() in FORMAT_OF]
        # A text beside tables says what they are, such as README.txt.
        found = [entry for entry in known if not entry.filename.lower().endswith(".txt")] or known
    if not found:
        held = listed(entry.filename for entry in files) or "nothing"
        raise UnreadableFileError(f"holds no file that is to be read; it holds {held}")
    if len(found) > _MOST_MEMBERS:
        raise TooLargeError(f"holds {len(found):,} files, more than {_MOST_MEMBERS:,}")
    return sorted(found, key=lambda entry: entry.filename)


def _matches(name: str, pattern: str) -> bool:
    name, pattern = name.lower(), pattern.lower()
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(PurePosixPath(name).name, pattern)
