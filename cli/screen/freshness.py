"""How far the data reaches, as `portfolio status` shows it."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from cli.screen.output import clean, heading, plain_table, written
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
    table = plain_table()
    table.add_column("State", no_wrap=True)
    table.add_column("Data as of", no_wrap=True)
    table.add_column("Behind", justify="right", no_wrap=True)
    table.add_column("Limit", justify="right", no_wrap=True)
    table.add_column("Of", overflow="fold")
    for row in (*wholes, *late[:_MOST_PARTNERS]):
        state = "stale" if row.is_stale(newest) else "fresh"
        numbers = [written(row.age_days(newest)), written(row.max_age_days)]
        table.add_row(state, str(row.newest_date), *numbers, clean(row.name))
    console.print(table)
    if len(late) > _MOST_PARTNERS:
        console.print(f"and {written(len(late) - _MOST_PARTNERS)} more stale partners; meta.freshness names them all")
