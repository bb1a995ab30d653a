"""What is inside the files of a home folder, where plain bytes may not show it."""

from pathlib import Path

import duckdb


def unpacked(path: Path) -> str:
    """Every distinct row of a Parquet or DuckDB file as text; nothing for other files."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            metadata = connection.execute(f"select * from parquet_kv_metadata('{path}')").fetchall()
            return repr(metadata) + repr(connection.execute(f"select distinct * from '{path}'").fetchall())
    if path.suffix != ".duckdb":
        return ""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
        ).fetchall()
        return "".join(
            repr(connection.execute(f'select distinct * from "{schema}"."{table}"').fetchall())
            for schema, table in tables
        )
