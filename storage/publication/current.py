"""`<serving>/portfolio.current.json`: which publication is the current one, for readers that want to know first.

It is replaced right after the published file. The id in the file itself (`meta.publication`) is what counts; this one
may lag behind it for a moment, and then names the publication before, which is still kept.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from storage.files.atomic import remove, replacing
from storage.files.permissions import share
from storage.home import PublicationFolder, Serving
from storage.publication.described import Publication

_ID, _SHA256 = re.compile(r"[0-9A-Za-z-]+"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Current:
    """What the description says of the current publication's file."""

    publication_id: str
    sha256: str


def read_current(serving: Path) -> Current | None:
    """The current publication's description; None where there is none, or none that can be read."""
    try:
        described = json.loads(Serving(serving).current.read_text(encoding="utf-8"))
        found = Current(str(described["publication_id"]), str(described["sha256"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None  # the next publication writes it anew
    return found if _ID.fullmatch(found.publication_id) and _SHA256.fullmatch(found.sha256) else None


def describe_current(publication: Publication, folder: Path) -> str:
    """The JSON text of a publication whose folder holds its file: id, times (UTC), dates, versions, size, checksum.

    `kept_file` is that file's path from the serving folder: unlike `portfolio.duckdb` it is never replaced, only
    removed when enough newer publications exist (`PORTFOLIO_KEEP_PUBLICATIONS`).
    """
    file = PublicationFolder(folder).file
    with file.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    provisional = publication.provisional_as_of_date
    described = {
        "publication_id": publication.publication_id,
        "published_at": publication.published_at.isoformat(timespec="seconds") + "Z",
        "first_as_of_date": publication.first_as_of_date.isoformat(),
        "last_as_of_date": publication.last_as_of_date.isoformat(),
        "contract_version": publication.contract_version,
        "raw_contract_version": publication.raw_contract_version,
        "git_revision": publication.git_revision,
        "provisional_as_of_date": provisional.isoformat() if provisional is not None else None,
        "program_version": publication.program_version,
        "file": file.name,
        "kept_file": Serving(Path()).kept(publication.publication_id).file.as_posix(),
        "bytes": file.stat().st_size,
        "sha256": digest,
    }
    return json.dumps(described, indent=2) + "\n"


def write_current(serving: Path, text: str) -> None:
    """Put the description in place of the one before."""
    with replacing(Serving(serving).current) as beside:
        beside.write_text(text, encoding="utf-8")
        share(beside, serving)


def remove_current(serving: Path) -> None:
    """Nothing is published any more."""
    remove(Serving(serving).current)
