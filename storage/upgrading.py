"""The SQLite files of a home folder: which are of an earlier version, and how they are brought to today's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage import alerts, digests, told_facts
from storage.files.schemas import Schema, version_of
from storage.files.sqlite import copy_database, open_database
from storage.files.temporary import temporary_folder
from storage.home import Home
from storage.ledger import ledger
from storage.ledger.ledger import Ledger


@dataclass(frozen=True)
class DatabaseState:
    """A SQLite file that is there, and the version of its tables."""

    path: Path
    schema: Schema
    found: int

    @property
    def is_older(self) -> bool:
        """Whether an earlier version wrote it; one without tables gets them when it is used."""
        return 0 < self.found < self.schema.version


def databases(home: Home) -> list[DatabaseState]:
    """The SQLite files that are there; the ledger's is the last, since it says of what version the folder is."""
    schemas = {
        home.alerts: alerts.SCHEMA,
        home.told_facts: told_facts.SCHEMA,
        home.digests: digests.SCHEMA,
        home.ledger: ledger.SCHEMA,
    }
    return [DatabaseState(path, schema, version_of(path)) for path, schema in schemas.items() if path.is_file()]


def upgrade_databases(home: Home, told: Callable[[str], None] = lambda line: None) -> None:
    """Bring each file to today's version, in a transaction of its own: what is done is done when this is cut off.

    Args:
        told: in one line, what was done.

    Raises:
        StorageError: a file is as it was: the disk is full, it is damaged, or of a newer version.
    """
    for one in databases(home):
        if one.is_older:
            open_database(one.path, one.schema, "upgrade").close()
            told(f"{one.path.name}: schema {one.found} -> {one.schema.version}")


@contextmanager
def ledger_as_upgraded(home: Home) -> Iterator[Ledger]:
    """The ledger to look at, as an upgrade would make it; the file stays as it is."""
    if not ledger.SCHEMA.waits(version_of(home.ledger)):
        with Ledger(home.ledger, "look") as found:
            yield found
        return
    with temporary_folder("upgrade") as folder:
        copy_database(home.ledger, folder / home.ledger.name)
        with Ledger(folder / home.ledger.name, "upgrade") as found:
            yield found
