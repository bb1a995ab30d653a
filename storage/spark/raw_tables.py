"""The raw datasets as Spark sees them: external tables that list exactly the partitions which a build looks back on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from expectations.contract import DATASETS, Dataset
from expectations.declaration import ColumnType
from storage.lake.lake import Lake

RAW_SUFFIX = "_raw"
"""What the raw datasets' schema has behind the marts' schema, as dbt's sources.yml says it."""
_PER_STATEMENT = 100
"""Partitions told at once: as many as Spark hands its catalog at once."""


class Session(Protocol):
    """A Spark session of pyspark, classic or by Connect."""

    def sql(self, query: str) -> Any:
        """Run a statement."""


def register_raw(session: Session, schema: str, lake: Lake, partitions: Mapping[str, Sequence[date]]) -> None:
    """Make the table `<schema>_raw.<dataset>` of each dataset: exactly these partitions, contract columns and the date.

    A dataset without partitions is a table without rows. What else lies in the lake's folders is not looked at.

    Args:
        session: with a Hive catalog, whose tables know where each partition lies.
        schema: the marts' schema.
        lake: on a path that all workers see.
        partitions: days by dataset, as the ledger plans them.

    Raises:
        pyspark.errors.PySparkException: Spark refuses a statement.
    """
    for statement in raw_statements(schema, lake, partitions):
        session.sql(statement)


def raw_statements(schema: str, lake: Lake, partitions: Mapping[str, Sequence[date]]) -> Iterator[str]:
    """The statements that make them.

    Each table is made anew: a server that lives on would otherwise read a replaced file by the length that the old one
    had. Dropping an external table leaves the files.
    """
    yield f"create schema if not exists {schema}{RAW_SUFFIX}"
    for dataset in DATASETS.values():
        table = f"{schema}{RAW_SUFFIX}.{dataset.name}"
        folder = lake.accepted_path(dataset, date.min).parents[1]
        yield f"drop table if exists {table}"
        yield (
            f"create table {table} ({_columns(dataset)}) using parquet"
            f" partitioned by ({dataset.date_column}) location {_location(folder)}"
        )
        days = sorted(partitions.get(dataset.name, ()))
        for first in range(0, len(days), _PER_STATEMENT):
            listed = " ".join(
                f"partition ({dataset.date_column} = date '{day}')"
                f" location {_location(lake.accepted_path(dataset, day).parent)}"
                for day in days[first : first + _PER_STATEMENT]
            )
            yield f"alter table {table} add {listed}"


def _columns(dataset: Dataset) -> str:
    types = {column.name: column.lake_type for column in dataset.columns} | {dataset.date_column: ColumnType.DATE.value}
    return ", ".join(f"`{name}` {'string' if kind == ColumnType.TEXT else kind}" for name, kind in types.items())


def _location(folder: Path) -> str:
    """A folder as a SQL literal: with its scheme, since the cluster's own file system may be another one."""
    return "'file:" + str(folder.absolute()).replace("\\", "\\\\").replace("'", "\\'") + "'"
