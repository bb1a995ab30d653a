"""DuckDB files without the bytes of deleted rows: DuckDB keeps those until the file is written anew."""

import shutil
from pathlib import Path

import duckdb

from expectations.sql_text import sql_text
from storage.files.atomic import replacing
from storage.files.duckdb_files import readable, remove_beside


def write_anew(path: Path, memory_limit: str) -> None:
    """Replace a database file by a copy of what is in it; tables keep their constraints, views their text.

    Changes that wait in the file's log are merged first: a log that stayed would be applied to the copy.

    Raises:
        StorageError: the disk is full or can't be written; the file is as it was.
    """
    with replacing(path) as beside:
        spill = f"{beside}.tmp"
        try:
            with duckdb.connect(config=readable(memory_limit=memory_limit, temp_directory=spill)) as connection:
                connection.execute(f"attach {sql_text(path)} as before")
                connection.execute("checkpoint before")
                connection.execute(f"attach {sql_text(beside)} as anew")
                connection.execute("copy from database before to anew")
        finally:
            remove_beside(beside)
        remove_beside(path)  # before the rename: see storage.files.duckdb_files


def remove_spill(*folders: Path) -> None:
    """Remove what DuckDB put aside while it worked; nothing may be working."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
