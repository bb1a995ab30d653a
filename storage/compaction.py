"""DuckDB files without the bytes of deleted rows: DuckDB keeps those until the file is written anew."""

import shutil
from pathlib import Path

import duckdb

from expectations.sql_text import sql_text
from storage.atomic import replacing


def write_anew(path: Path, memory_limit: str) -> None:
    """Replace a database file by a copy of what is in it; tables keep their constraints, views their text.

    Raises:
        StorageError: the disk is full or can't be written; the file is as it was.
    """
    with replacing(path) as beside:
        with duckdb.connect(config={"memory_limit": memory_limit}) as connection:
            connection.execute(f"attach {sql_text(path)} as before (read_only)")
            connection.execute(f"attach {sql_text(beside)} as anew")
            connection.execute("copy from database before to anew")
        Path(f"{beside}.wal").unlink(missing_ok=True)


def remove_spill(*folders: Path) -> None:
    """Remove what DuckDB put aside while it worked; nothing may be working."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
