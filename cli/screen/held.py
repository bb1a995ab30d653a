"""What checks found in partitions, on one line each: those that they hold, and those that they only remark on."""

from collections.abc import Iterable, Iterator

from cli.screen.days import brief
from cli.screen.output import clean
from expectations.results import RAW, Severity
from expectations.wording import LONGEST_VALUE, said_once, shortened
from storage.ledger.holds import grouped
from storage.ledger.recorded_checks import RecordedResult

_MOST_ROWS = 3


def held_lines(results: Iterable[RecordedResult]) -> Iterator[str]:
    """A line for each, or one for many that differ in figures and dates alone."""
    yield from said_once(map(held_line, results))


def held_line(found: RecordedResult) -> str:
    """Dataset and day, the check, what was observed against what was expected, and a few of the rows."""
    result = found.result
    partition = f"{result.asset.removeprefix(RAW)} {result.first_date}"
    line = f"held: {partition}: check {result.check_name}: {clean(shortened(result.message))}"
    if result.partner_id is not None and not result.message.startswith(f"{result.partner_id}:"):
        line += f" (partner {clean(shortened(result.partner_id, LONGEST_VALUE))})"
    rows = [
        "/".join(clean(shortened(value, LONGEST_VALUE)) for value in row.values()) for row in result.sample[:_MOST_ROWS]
    ]
    return f"{line}; such as {', '.join(rows)}" if rows else line


def remark_lines(found: Iterable[RecordedResult]) -> Iterator[str]:
    """A line for each check and dataset: the days on which it warns or informs, and what it found last."""
    for group in grouped(found):
        last = group[-1].result
        effect = "warning" if last.severity is Severity.WARN else "informs"
        partitions = f"{last.asset.removeprefix(RAW)} {brief({one.result.first_date for one in group})}"
        more = f"; and {len(group) - 1:,} more" if len(group) > 1 else ""
        yield f"{effect}: {partitions}: check {last.check_name}: {clean(shortened(last.message))}{more}"
