"""The SQL of the project's data tests, as dbt renders it for the window of a build."""

import json
from dataclasses import dataclass
from typing import Any

MACRO = "log_checks"
"""The macro that logs all of it, in one line of JSON (dbt_project/macros/checks.sql)."""
_LINE = '{"checks": '


@dataclass(frozen=True)
class CheckSql:
    """A data test's SQL."""

    unique_id: str
    """The test's, in dbt's manifest."""
    query: str
    """A query of the rows that fail it."""
    rows: str
    """What stands behind `from` for the rows of the model that it looks at."""
    suspects: str
    """An aggregate over those rows, 0 exactly where the query finds nothing; empty where the test has none."""
    first_look: str = ""
    """A query of one number, cheaper than `query`, 0 only where that finds nothing; empty where the test has none."""


def logged_checks(event: Any) -> tuple[CheckSql, ...]:
    """The tests in an event of dbt's log; none where it is another one."""
    if event.info.name != "JinjaLogDebug" or not event.data.msg.startswith(_LINE):
        return ()
    return tuple(CheckSql(**check) for check in json.loads(event.data.msg)["checks"])
