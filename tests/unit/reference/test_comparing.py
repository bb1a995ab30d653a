"""The comparison passes equal publications and names what differs in others."""

import copy
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ...e2e.comparing import assert_marts_equal
from ...reference.comparing import marts_from_csv
from ...reference.contract import MART_COLUMNS
from ...reference.marts import Marts, latest
from ...reference.star import constant_rows

GOLDEN = Path(__file__).parents[2] / "golden" / "marts"
CONSTANTS = {name: pa.Table.from_pylist(rows) for name, rows in constant_rows().items()}


@pytest.fixture
def expected() -> Marts:
    return marts_from_csv(GOLDEN)


def publish(path: Path, marts: Marts, newest: Marts, types: dict[str, dict[str, str]] = MART_COLUMNS) -> Path:
    with duckdb.connect(str(path)) as connection:
        for schema, tables in (("marts", marts), ("marts_latest", newest)):
            connection.execute(f"create schema {schema}")
            for name, table in CONSTANTS.items():
                connection.register("rows", table)
                connection.execute(f"create table {schema}.{name} as from rows")
            for mart, rows in tables.items():
                columns = ", ".join(f"{name} {kind}" for name, kind in types[mart].items())
                connection.execute(f"create table {schema}.{mart} ({columns})")
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"insert into {schema}.{mart} values ({marks})", list(row.values()))
    return path


def test_equal_marts_pass_in_any_row_order(tmp_path: Path, expected: Marts) -> None:
    turned = {mart: rows[::-1] for mart, rows in expected.items()}
    turned["overage_kpis"][0] |= {"avg_license_overage": 12 + 1e-10}
    assert_marts_equal(publish(tmp_path / "p.duckdb", turned, latest(expected)), expected)


def test_differences_name_mart_row_column_and_both_values(tmp_path: Path, expected: Marts) -> None:
    wrong = copy.deepcopy(expected)
    wrong["portfolio_kpis"][0]["managed_customers"] = 8
    wrong["overage_kpis"][2]["avg_license_overage"] = 0.0
    wrong["expiring_kpis"].pop()
    wrong["renewing_kpis"].append({**wrong["renewing_kpis"][0], "as_of_date": date(2024, 6, 1)})
    with pytest.raises(AssertionError) as failure:
        assert_marts_equal(publish(tmp_path / "p.duckdb", wrong, latest(expected)), expected)
    message = str(failure.value)
    assert "marts.portfolio_kpis: 1 differences\n  2024-05-30 / 'north': managed_customers is 8, expected 7" in message
    assert "2024-05-30 / 'south' / 'calling': avg_license_overage is 0.0, expected None" in message
    assert "2024-05-31 / 'north' / 'meetings': missing" in message
    assert "2024-06-01 / 'north' / 'calling': unexpected" in message


def test_latest_rows_must_be_each_partners_newest(tmp_path: Path, expected: Marts) -> None:
    with pytest.raises(AssertionError, match=r"marts_latest\.portfolio_kpis"):
        assert_marts_equal(publish(tmp_path / "p.duckdb", expected, expected), expected)


def test_column_types_count(tmp_path: Path, expected: Marts) -> None:
    types = {**MART_COLUMNS, "overage_kpis": {**MART_COLUMNS["overage_kpis"], "customers_with_overages": "INTEGER"}}
    with pytest.raises(AssertionError, match=r"is \('customers_with_overages', 'INTEGER'\)"):
        assert_marts_equal(publish(tmp_path / "p.duckdb", expected, latest(expected), types), expected)
