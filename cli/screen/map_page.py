"""What a mapping made of each file, and what it did not understand, as lines."""

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cli.screen.days import some
from cli.screen.output import clean, heading, plain_table, written
from expectations.wording import LONGEST_VALUE, shortened
from sources.mapping.headers import plain

if TYPE_CHECKING:
    from pipelines.commands.mapping import Mapped
    from sources.mapping.mapper import Account
    from sources.mapping.plan import Candidate

_MOST_LACKING = 20


def print_accounts(console: Console, mapped: "Mapped") -> None:
    """A section for each file and feed: rows, columns, what a lookup lacks, headers that nothing uses."""
    used = {(one.file.relative, plain(name)) for one, _ in mapped.accounts for name in one.feed.feed.headers()}
    for one, account in mapped.accounts:
        unmapped = [name for name in account.unmapped if (one.file.relative, plain(name)) not in used]
        console.print(heading(f"{clean(one.file.relative)} → {one.feed.feed.dataset}", _guessed(account)))
        console.print(_rows(account), soft_wrap=True)
        _print_columns(console, one, account)
        for name, column in account.columns.items():
            if column.lacking:
                console.print(f"  its lookup lacks, for {name}: {_counted(column.lacking)}", soft_wrap=True)
        if account.undated:
            told = f"  {written(account.undated)} rows have no day that can be read: they go to quarantine"
            console.print(told, soft_wrap=True)
        if unmapped:
            console.print(f"  headers that nothing uses: {clean(some(unmapped, 40))}", soft_wrap=True)
        console.print()


def _guessed(account: "Account") -> str:
    return f"guessed: {clean(', '.join(account.guesses))}" if account.guesses else ""


def _rows(account: "Account") -> str:
    dropped = [f"{count:,} by rule {clean(rule)!r}" for rule, count in account.dropped.items() if count]
    told = f"{account.rows_in:,} rows in = {account.rows_out:,} out + {sum(account.dropped.values()):,} dropped"
    return f"  {told}{': ' if dropped else ''}{', '.join(dropped)}"


def _print_columns(console: Console, one: "Candidate", account: "Account") -> None:
    table = plain_table()
    table.add_column("  Column", no_wrap=True)
    table.add_column("Not understood", justify="right", no_wrap=True)
    table.add_column("Such as", overflow="fold")
    for name in account.columns:
        column = account.columns[name]
        samples = ", ".join(repr(clean(shortened(value, LONGEST_VALUE))) for value in column.samples)
        table.add_row(Text(f"  {name}"), written(column.count), Text(samples))
    console.print(table)


def _counted(values: "Counter[str]") -> str:
    shown = [f"{clean(shortened(value, LONGEST_VALUE))} ({count:,})" for value, count in values.most_common()]
    return some(shown, _MOST_LACKING)
