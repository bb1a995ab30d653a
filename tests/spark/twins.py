"""Portfolios that two engines build the marts of, and what tells their marts apart."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import DATASETS as DECLARED

from ..dbt.warehouse import Warehouse, failures
from ..reference.contract import (
    CUSTOMERS,
    DATASETS,
    LICENSE_ASSIGNMENTS,
    SUBSCRIPTIONS,
    Dataset,
)
from ..reference.portfolios import Portfolio
from ..reference.raw import Row, days

SNAPSHOT_DAYS_BEFORE, USAGE_DAYS_BEFORE = 10, 91
LOST = 0.1
"""How many of a partner's partitions are not there."""
RELATIVE = 1e-9
"""By how much two sums of the same doubles in another order may differ."""
SHOWN = 20

Content = dict[tuple[str, date], list[Row]]
"""Accepted rows by dataset and day."""


def random_content(seeds: Iterable[int], first: date, last: date) -> Content:
    """Random portfolios side by side: each has partners of its own, some of whose partitions are lost."""
    content: Content = {}
    for seed in seeds:
        portfolio, rng, holders = Portfolio(seed), random.Random(f"lost {seed}"), count()
        known: dict[str, int] = {}
        for dataset in DATASETS:
            before = SNAPSHOT_DAYS_BEFORE if dataset.is_snapshot else USAGE_DAYS_BEFORE
            for day in days(first - timedelta(days=before), last):
                rows = portfolio.snapshot_rows(dataset.name, day) if dataset.is_snapshot else portfolio.usage_rows()
                there = {partner for partner in portfolio.partners if rng.random() >= LOST}
                for row in rows:
                    if row["partner_id"] in there:
                        if "user_id" in row:
                            row["user_id"] = known.setdefault(row["user_id"], next(holders))
                        row["partner_id"] = f"{seed} {row['partner_id']}"
                        content.setdefault((dataset.name, day), []).append(row)
    return {key: _by_key(_dataset(key[0]), rows) for key, rows in content.items()}


def crowds(first: date, last: date) -> Content:
    """A partner for each number of peers from 1 to 17, many of them with the same ratio, and dates about leap days."""
    content: Content = {}
    for day in days(first - timedelta(days=SNAPSHOT_DAYS_BEFORE), last):
        for peers in range(1, 18):
            rng = random.Random(f"{peers} {day}")
            _add_crowd(content, day, f"{peers} peers", [rng.choice((0, 1, 5, 5, 5, 7, 20, 23)) for _ in range(peers)])
        # The quartile is 0.05, where an engine's own function gives a bit more, and the median is ten points up.
        _add_crowd(content, day, "four and four", [1, 1, 1, 1, 5, 5, 5, 5], others=0)
        _add_crowd(content, day, "alike", [7] * 8, others=0)
    return content


def _add_crowd(content: Content, day: date, partner: str, assigned: list[int], others: int = 3) -> None:
    """Subscriptions of 20 licences, and others of 150."""
    starts = (date(2020, 2, 29), date(2023, 2, 28), date(2023, 8, 31), date(2024, 1, 31))
    ends = (None, date(2024, 2, 29), date(2025, 2, 28), date(2024, 5, 29), date(2024, 5, 31))
    sizes = [(20, number) for number in assigned] + [(150, 30 * number) for number in range(others)]
    for number, (total, used) in enumerate(sizes):
        key = {"partner_id": partner, "customer_id": f"c{number % 5}"}
        subscription = {"subscription_id": f"s{number}"}
        rows: dict[Dataset, Row] = {
            SUBSCRIPTIONS: key
            | subscription
            | {"is_trial": number % 4 == 3, "status": "active", "start_date": starts[number % 4]}
            | {"end_date": ends[number % 5], "auto_renew": number % 2 == 0},
            LICENSE_ASSIGNMENTS: key
            | subscription
            | {"product": "meetings", "license_code": "EE", "license_name": None}
            | {"total_licenses": total, "assigned_licenses": used},
        }
        if number < 5:
            rows[CUSTOMERS] = key | {"customer_name": f"C{number}", "country_code": None, "created_on": None}
        for dataset, row in rows.items():
            content.setdefault((dataset.name, day), []).append(row)


def together(*contents: Content) -> Content:
    """All rows of several."""
    keys = dict.fromkeys(key for content in contents for key in content)
    return {key: [row for content in contents for row in content.get(key, ())] for key in keys}


def _dataset(name: str) -> Dataset:
    return next(dataset for dataset in DATASETS if dataset.name == name)


def _by_key(dataset: Dataset, rows: list[Row]) -> list[Row]:
    return list({tuple(row[name] for name in dataset.key): row for row in rows}.values())


@dataclass
class Twins:
    """Two warehouses that are given the same rows and build the same days.

    Attributes:
        one: DuckDB's.
        other: another engine's.
        summed: columns that add up doubles over rows, as mart and column: equal to within `RELATIVE`.
    """

    one: Warehouse
    other: Warehouse
    summed: set[tuple[str, str]] = field(default_factory=set)

    def put(self, content: Content) -> None:
        """Have both hold these rows, and no others of their datasets and days."""
        for warehouse in (self.one, self.other):
            with duckdb.connect(warehouse.path) as con:
                for name in dict.fromkeys(name for name, _ in content):
                    partitions = {day: rows for (dataset, day), rows in content.items() if dataset == name}
                    _replace(con, name, partitions)

    def build(
        self, first: date, last: date, blocked: Iterable[date] = (), models: Iterable[str] = (), **callbacks: Any
    ) -> None:
        """Build the marts of an inclusive range with both, and watch the second one's events with `on_event`.

        Args:
            models: as dbt selects them; all when none.
        """
        window = {"window_start": str(first), "window_end": str(last), "blocked_days": ",".join(map(str, blocked))}
        for warehouse in (self.one, self.other):
            if hasattr(warehouse, "register"):
                warehouse.register()
            watched = callbacks if warehouse is self.other else {}
            selected = ["--select", *models] if models else []
            result = warehouse.dbt("run", *selected, **window, **watched)
            assert result.success, failures(result)

    def differences(self) -> list[str]:
        """What tells the marts of the two apart, a line each; empty where all is equal to the last bit."""
        lines = []
        for mart in self.marts():
            lines += self._in_mart(mart)
        return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"… and {len(lines) - SHOWN} more"]

    def marts(self) -> list[str]:
        """The names of all tables of schema marts."""
        found = self.one.query("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
        return [name for (name,) in found]

    def _in_mart(self, mart: str) -> list[str]:
        grain = self._grain(mart)
        expected, found = (_by_grain(warehouse.rows(mart), grain) for warehouse in (self.one, self.other))
        lines = [f"{mart} {key}: missing" for key in expected.keys() - found.keys()]
        lines += [f"{mart} {key}: unexpected" for key in found.keys() - expected.keys()]
        for key in expected.keys() & found.keys():
            row, right = found[key], expected[key]
            lines += [
                f"{mart} {key}: {column} is {row.get(column, 'missing')!r}, expected {right[column]!r}"
                for column in right
                if not self._equal(mart, column, row.get(column, "missing"), right[column])
            ]
            lines += [f"{mart}: has {column}, too" for column in row.keys() - right.keys()]
        return lines

    def _grain(self, mart: str) -> list[str]:
        (columns,) = (
            node["test_metadata"]["kwargs"]["columns"]
            for node in self.one.nodes.values()
            if node["name"] == f"{mart}_grain"
        )
        return list(columns)

    def _equal(self, mart: str, column: str, value: Any, expected: Any) -> bool:
        if (mart, column) in self.summed and isinstance(value, float) and isinstance(expected, float):
            return math.isclose(value, expected, rel_tol=RELATIVE, abs_tol=0)
        # Of a float the shortest text that gives it back: 0.0 is not -0.0, and 1 is not 1.0 or true.
        return repr(value) == repr(expected)


def _by_grain(rows: list[dict[str, Any]], grain: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = {tuple(row[name] for name in grain): row for row in rows}
    assert len(found) == len(rows), f"rows of one grain {grain}"
    return found


def _replace(con: duckdb.DuckDBPyConnection, name: str, partitions: dict[date, list[Row]]) -> None:
    declared = DECLARED[name]
    rows = [{declared.date_column: day} | row for day, found in partitions.items() for row in found]
    con.execute(f"delete from raw.{name} where list_contains(?, {declared.date_column})", [list(partitions)])
    if rows:
        columns = {column: [row[column] for row in rows] for column in (declared.date_column, *declared.column_names)}
        con.register("given", pa.table(columns))
        casts = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in _types(con, name))
        con.execute(f"insert into raw.{name} select {casts} from given")
        con.unregister("given")


def _types(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    return [(column, kind) for column, kind, *_ in con.execute(f"describe raw.{name}").fetchall()]
