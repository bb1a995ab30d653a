"""What is left of somebody: rows in landing files, words in any file."""

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def rows_of(landing: Path, dataset: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Partition date and row of every landing file of a dataset."""
    for path in sorted((landing / dataset).glob("*/*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield path.parent.name, row


def files_with(folder: Path, word: str) -> list[str]:
    """The files that hold a word: in their bytes, or in what Parquet, DuckDB and SQLite make of them."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and (word.encode() in path.read_bytes() or word in content(path))
    ]


def content(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            return str([connection.execute(f'from "{schema}"."{name}"').fetchall() for schema, name in tables])
    if path.suffix in (".sqlite", ".db"):
        with sqlite3.connect(path) as database:
            return "\n".join(database.iterdump())
    return ""
