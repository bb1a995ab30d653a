"""Reads a published file whole with the `duckdb` that Python finds; prints its version, and each table as a digest."""

import hashlib
import json
import sys
from pathlib import Path

import duckdb


def read(path: Path) -> dict[str, tuple[int, str]]:
    """By table, how many rows it has, and a digest of them in any order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        found = {}
        for schema, name in tables:
            rows = sorted(map(repr, connection.execute(f'select * from {schema}."{name}"').fetchall()))
            found[f"{schema}.{name}"] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"version": duckdb.__version__, "tables": read(Path(sys.argv[1]))}))
