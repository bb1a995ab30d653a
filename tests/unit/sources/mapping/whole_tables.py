"""All rows of a file's tables, for tests."""

from pathlib import Path
from typing import Any

from sources.mapping.opening import open_tables
from sources.mapping.reading import Read
from sources.mapping.tables import EXTRA
from sources.readers.limits import ReadLimits

MEMORY = 64 << 20


def read(path: Path, limits: ReadLimits | None = None, memory: int = MEMORY, **how: Any) -> dict[str, Any]:
    """Header, rows and guesses of all tables of a file."""
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    header: tuple[str, ...] = ()
    rows: list[list[str]] = []
    guesses: list[str] = []
    for _, table in open_tables(path, Read(**how), limits or ReadLimits(), memory, scratch):
        header = table.header
        guesses += table.guesses
        for piece in table.pieces:
            columns = [piece.column(name).to_pylist() for name in piece.column_names if name != EXTRA]
            extra = piece.column(EXTRA).to_pylist()
            rows += [
                [value or "" for value in row] + ([more] if more else [])
                for *row, more in zip(*columns, extra, strict=True)
            ]
    assert list(scratch.iterdir()) == []
    return {"header": list(header), "rows": rows, "guesses": guesses}
