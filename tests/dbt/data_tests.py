"""The project's data tests as SQL, compiled once for a window and asked of many warehouses.

dbt needs 0.04 s around each test's query, of which a build has 85: a case for each kind of damage would take minutes.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from .warehouse import Warehouse, failures


@dataclass(frozen=True)
class DataTest:
    """One test of the project: what dbt runs, and how it judges the result."""

    name: str
    sql: str
    failures: str
    """The expression that counts the failures of `sql`, as `count(*)`."""
    fails_if: str
    """The condition on that count."""
    only_warns: bool

    def outcome(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, int]:
        """`pass`, `warn` or `fail` on what a connection sees, and its failures there."""
        found = connection.execute(
            f"select coalesce(failures {self.fails_if}, false), failures"
            f" from (select {self.failures} as failures from ({self.sql}) as found)"
        ).fetchone()
        assert found is not None
        fails, failures = found
        return ("warn" if self.only_warns else "fail") if fails else "pass", int(failures)


def compiled_data_tests(warehouse: Warehouse, day: date) -> list[DataTest]:
    """The data tests of a build of one as-of date."""
    result = warehouse.dbt("compile", "--select", "test_type:data", window_start=str(day), window_end=str(day))
    assert result.success, failures(result)
    return [
        DataTest(
            name=node.name,
            sql=node.compiled_code,
            failures=node.config.fail_calc,
            fails_if=node.config.warn_if if node.config.severity == "warn" else node.config.error_if,
            only_warns=node.config.severity == "warn",
        )
        for node in (run.node for run in result.result)
    ]


def verdicts(tests: list[DataTest], connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What each test says of what a connection sees."""
    return {test.name: test.outcome(connection)[0] for test in tests}
