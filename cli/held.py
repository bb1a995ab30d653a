"""A partition that a failed check holds, on one line."""

from cli.output import clean
from storage.check_results import RAW, RecordedResult

_MOST_ROWS = 3


def held_line(found: RecordedResult) -> str:
    """Dataset and day, the check, what was observed against what was expected, and a few of the rows."""
    result = found.result
    partition = f"{result.asset.removeprefix(RAW)} {result.first_date}"
    line = f"held: {partition}: check {result.check_name}: {clean(result.message)}"
    if result.partner_id is not None and not result.message.startswith(f"{result.partner_id}:"):
        line += f" (partner {clean(result.partner_id)})"
    rows = ["/".join(clean(value) for value in row.values()) for row in result.sample[:_MOST_ROWS]]
    return f"{line}; such as {', '.join(rows)}" if rows else line
