"""Small CSV files that the partner keeps beside the source: read as a whole, and wrong ones named by line."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from sources.errors import SourceError


def rows_of(file: Path, setting: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a CSV file by number, with these columns' values without white space around them.

    Raises:
        SourceError: it can't be read, or lacks one of the columns.
    """
    where = f"{setting}={file}"
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header = [name.strip() for name in reader.fieldnames or ()]
            if missing := [name for name in columns if name not in header]:
                raise SourceError(f"{where} has no column {', '.join(missing)}; expected are {', '.join(columns)}")
            reader.fieldnames = header
            for row in reader:
                values = {name: (row.get(name) or "").strip() for name in columns}
                if any(values.values()):
                    yield reader.line_num, values
    except OSError as error:
        raise SourceError(f"{where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{where} is not UTF-8") from None
    except csv.Error as error:
        raise SourceError(f"{where} is no CSV: {error}") from None
