"""What a mapping made of each file, and what it did not understand, as lines."""

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console

from cli.screen.days import some
from cli.screen.output import clean, heading, written
from cli.screen.tables import indented
from cli.screen.whole import Column, WholeTable
from expectations.wording import LONGEST_VALUE, shortened
from sources.mapping.headers import plain
from sources.mapping.mapper import Account

if TYPE_CHECKING:
    from pipelines.commands.mapping import Mapped
    from sources.mapping.plan import Candidate

_MOST_LACKING = 20


def print_accounts(console: Console, mapped: "Mapped") -> None:
    """A section for each feed: rows, columns, what a lookup lacks, headers that no feed uses."""
    used = {(one.file.relative, plain(name)) for one, _ in mapped.accounts for name in one.feed.feed.headers()}
    feeds: dict[str, list[tuple[Candidate, Account]]] = {}
    for one, account in mapped.accounts:
        feeds.setdefault(one.feed.key, []).append((one, account))
    for found in feeds.values():
        whole, feed = Account(), found[0][0].feed.feed
        unmapped: dict[str, None] = {}
        for one, account in found:
            whole.add(account)
            unmapped |= dict.fromkeys(name for name in account.unmapped if (one.file.relative, plain(name)) not in used)
        told = ", ".join([f"{len(found):,} file{'' if len(found) == 1 else 's'}", *_guessed(whole)])
        console.print(heading(f"{feed.dataset} ← {clean(feed.files)}", clean(told)))
        console.print(_rows(whole), soft_wrap=True)
        _print_columns(console, whole)
        for name, column in whole.columns.items():
            if column.lacking:
                console.print(f"  its lookup lacks, for {name}: {_counted(column.lacking)}", soft_wrap=True)
        if whole.undated:
            lost = f"  {written(whole.undated)} rows have no day that can be read: they go to quarantine"
            console.print(lost, soft_wrap=True)
        if unmapped:
            console.print(f"  headers that nothing uses: {clean(some(list(unmapped), 40))}", soft_wrap=True)
        console.print()


def _guessed(account: Account) -> list[str]:
    return [f"guessed: {', '.join(account.guesses)}"] if account.guesses else []


def _rows(account: Account) -> str:
    dropped = [f"{count:,} by rule {clean(rule)!r}" for rule, count in account.dropped.items() if count]
    told = f"{account.rows_in:,} rows in = {account.rows_out:,} out + {sum(account.dropped.values()):,} dropped"
    return f"  {told}{': ' if dropped else ''}{', '.join(dropped)}"


def _print_columns(console: Console, account: Account) -> None:
    rows = []
    for name in account.columns:
        column = account.columns[name]
        samples = ", ".join(repr(clean(shortened(value, LONGEST_VALUE))) for value in column.samples)
        rows.append((name, written(column.count), samples))
    columns = (Column("Column"), Column("Not understood", is_number=True), Column("Such as", folds=True))
    console.print(indented(WholeTable(columns, rows)))


def _counted(values: "Counter[str]") -> str:
    shown = [f"{clean(shortened(value, LONGEST_VALUE))} ({count:,})" for value, count in values.most_common()]
    return some(shown, _MOST_LACKING)
