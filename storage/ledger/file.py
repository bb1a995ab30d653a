"""The ledger's file, open. What it holds, the modules of its tables say."""

from pathlib import Path

from storage.files.database import DatabaseFile


class LedgerFile(DatabaseFile):
    """A ledger as its tables know it."""

    def __init__(self, path: Path, schema: str, version: int) -> None:
        super().__init__(path, schema, version)
        self.connection.execute("pragma secure_delete = on")  # what is deleted is erased, not only marked as free
