"""CSV files for tests: parsed from bytes at hand."""

from expectations.contract import Dataset
from expectations.delivery import DeliveredFile
from sources.readers.csv_reader import read_csv
from sources.readers.limits import ReadLimits


def parse_csv(name: str, content: bytes, dataset: Dataset, limits: ReadLimits | None = None) -> DeliveredFile:
    """Parse a file's bytes in one piece."""
    return read_csv(name, [content], dataset, limits or ReadLimits())
