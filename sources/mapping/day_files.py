"""The files that a mapped file becomes: one for each day, as CSV by the raw contract."""

import csv
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
from pyarrow import csv as arrow_csv

from sources.mapping.tables import BETWEEN, EXTRA

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_AS_IT_IS = arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid")


class DayFiles:
    """CSV files in a folder of their own, one a day, that rows are added to."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder, self._columns = folder, list(columns)
        self.rows: dict[date, int] = {}
        """Rows of each day, those of no day with the last one's after `finish`."""
        self._undated = folder / "undated.csv"
        self.undated = 0
        """Rows of no day."""

    def path(self, day: date) -> Path:
        """The file of a day."""
        return self._folder / f"{day}.csv"

    def begin(self, day: date) -> None:
        """A file for the day, though there may be no row for it."""
        if day not in self.rows:
            self.rows[day] = 0
            with self.path(day).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(self._columns)

    def add(self, day: date | None, rows: pa.Table) -> None:
        """Rows of a day, with the columns and `EXTRA`: a record with more fields than its header keeps them all."""
        if rows.num_rows == 0:
            return
        if day is None:
            self.undated += rows.num_rows
            self._write(self._undated, rows)
            return
        self.begin(day)
        self.rows[day] += rows.num_rows
        self._write(self.path(day), rows)

    def finish(self, day: date) -> None:
        """Put the rows of no day with those of this one: its check finds them."""
        if not self.undated:
            return
        self.begin(day)
        self.rows[day] += self.undated
        with self._undated.open("rb") as source, self.path(day).open("ab") as file:
            shutil.copyfileobj(source, file)
        self._undated.unlink()

    def _write(self, path: Path, rows: pa.Table) -> None:
        extra = rows.column(EXTRA)
        even = rows
        if extra.null_count < rows.num_rows:
            even = rows.filter(pc.is_null(extra))
        with path.open("ab") as file:
            arrow_csv.write_csv(even.select(self._columns), file, _AS_IT_IS)
        if even.num_rows < rows.num_rows:
            self._write_odd(path, rows.filter(pc.is_valid(extra)))

    def _write_odd(self, path: Path, rows: pa.Table) -> None:
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for row in rows.select([*self._columns, EXTRA]).to_pylist():
                fields: list[Any] = [row[name] for name in self._columns]
                writer.writerow([*fields, *str(row[EXTRA]).split(BETWEEN)])
