"""How far the data reaches, as `portfolio status` shows it."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from cli.screen.output import clean, heading, written
from cli.screen.whole import Column, WholeTable
from planning.freshness import Freshness, late_partners

_MOST_PARTNERS = 10


def print_freshness(console: Console, freshness: Sequence[Freshness], newest: date) -> None:
    """The publication and each feed, and the partners that are stale while the rest of their feed is not.

    Args:
        newest: the last complete UTC day, which ages count back from.
    """
    if not freshness:
        return
    wholes = [row for row in freshness if row.partner_id is None]
    late = late_partners(freshness, newest)
    console.print()
    console.print(heading("Freshness", f"days behind {newest}, the last complete UTC day"))
    rows = []
    for row in (*wholes, *late[:_MOST_PARTNERS]):
        state = "stale" if row.is_stale(newest) else "fresh"
        numbers = [written(row.age_days(newest)), written(row.max_age_days)]
        rows.append((state, str(row.newest_date), *numbers, clean(row.name)))
    columns = (
        Column("State"),
        Column("Data as of"),
        Column("Behind", is_number=True),
        Column("Limit", is_number=True),
        Column("Of", folds=True),
    )
    console.print(WholeTable(columns, rows, keys=2))
    if len(late) > _MOST_PARTNERS:
        console.print(f"and {written(len(late) - _MOST_PARTNERS)} more stale partners; meta.freshness names them all")
