"""The ledger's file, open. What it holds, the modules of its tables say."""

from pathlib import Path

from storage.files.database import DatabaseFile
from storage.files.schemas import Opening, Schema


class LedgerFile(DatabaseFile):
    """A ledger as its tables know it."""

    def __init__(self, path: Path, schema: Schema, opening: Opening = "write") -> None:
        super().__init__(path, schema, opening)
        self.connection.execute("pragma secure_delete = on")  # what is deleted is erased, not only marked as free
