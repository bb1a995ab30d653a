"""What Spark is told of the lake; tests/spark has it read."""

from datetime import date, timedelta
from pathlib import Path

from expectations.contract import DATASETS
from storage.lake.lake import Lake
from storage.spark.raw_tables import raw_statements

D = date(2026, 3, 1)


def statements(root: Path, partitions: dict[str, list[date]], table: str) -> list[str]:
    """Those about a table."""
    return [sql for sql in raw_statements("licences", Lake(root), partitions) if f" licences_raw.{table} " in f"{sql} "]


def test_each_dataset_is_a_table_of_its_partitions_and_types() -> None:
    made = list(raw_statements("licences", Lake(Path("/lake")), {"accounts": [D]}))
    assert made[0] == "create schema if not exists licences_raw"
    assert sum(sql.startswith("create table") for sql in made) == len(DATASETS)
    (listed,) = [sql for sql in made if sql.startswith("alter")]
    assert listed == (
        "alter table licences_raw.accounts add partition (snapshot_date = date '2026-03-01')"
        " location 'file:/lake/accounts/snapshot_date=2026-03-01'"
    )


def test_types_are_the_lake_s() -> None:
    _, lines, *_ = statements(Path("/lake"), {}, "contract_lines")
    assert "`license_code` string" in lines
    assert "`unit_price_month` decimal(18,6)" in lines
    assert "`notice_days` bigint" in lines
    assert lines.endswith(
        "`snapshot_date` date) using parquet partitioned by (snapshot_date) location 'file:/lake/contract_lines'"
    )
    _, usage, *_ = statements(Path("/lake"), {}, "license_usage")
    assert "`user_id` bigint" in usage  # the hash


def test_a_table_is_dropped_before_it_is_made() -> None:
    dropped, created = statements(Path("/lake"), {}, "customers")
    assert dropped == "drop table if exists licences_raw.customers"
    assert created.startswith("create table")


def test_many_partitions_are_told_in_several_statements_each_once() -> None:
    days = [D + timedelta(days=number) for number in range(250)]
    told = statements(Path("/lake"), {"license_usage": days}, "license_usage")[2:]
    assert len(told) == 3
    assert [day for day in days if sum(f"date '{day}'" in sql for sql in told) == 1] == days


def test_a_path_is_a_literal_whatever_is_in_it() -> None:
    (_, created) = statements(Path("/it's a \\lake"), {}, "customers")
    assert created.endswith("location 'file:/it\\'s a \\\\lake/customers'")
