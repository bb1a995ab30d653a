"""What a mart's materialisation shows: how many rows of which days, and the first few of the newest.

Dagster keeps it for as long as its history: no customer is named in it, or one that is forgotten would stay there.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb

from planning.buildable import DayPlan
from storage.warehouse.mart_kinds import dated

PREVIEW_ROWS = 5
NAMING = (
    *("customer_id", "customer_name", "subscription_id", "subscription_label", "customer_key", "subscription_key"),
    *("owner", "segment", "sub_partner_id"),
)
"""The marts' columns that name a customer, or one of its subscriptions, or whom its account names."""


def mart_metadata(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[str], plan: DayPlan
) -> dict[str, dict[str, Any]]:
    """Metadata by mart: rows in the plan's window, its as-of range, and a Markdown preview of its newest day."""
    shown: dict[str, dict[str, Any]] = {}
    by_day = dated(connection, marts)
    newest = max(plan.days, default=plan.last)
    for mart in marts:
        in_window, of_newest = ("", "")
        if mart in by_day:
            in_window = f"where as_of_date between date '{plan.first}' and date '{plan.last}'"
            of_newest = f"where as_of_date = date '{newest}'"
        counted = connection.execute(f"select count(*) from marts.{mart} {in_window}").fetchone()
        shown_columns = f"columns(lambda name: name not in {NAMING})"
        preview = connection.execute(f"select {shown_columns} from marts.{mart} {of_newest} limit {PREVIEW_ROWS}")
        shown[mart] = {
            "dagster/row_count": counted[0] if counted else 0,
            "as_of_range": f"{min(plan.days, default=plan.first)}…{newest}",
            "preview": dg.MetadataValue.md(markdown_table([d[0] for d in preview.description], preview.fetchall())),
        }
    return shown


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as a Markdown table; a bar in a value does not break it."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
