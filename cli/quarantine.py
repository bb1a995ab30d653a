"""`portfolio quarantine`: the rows that broke the raw contract, and the partitions that were refused."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.errors import UserError
from cli.ingested import check_ingested
from cli.screen.causes import refusal_lines
from cli.screen.days import brief, parse_day
from cli.screen.output import clean, heading, reading_console, written
from cli.screen.whole import Column, WholeTable
from expectations.contract import DATASETS
from expectations.explanations import explanations
from expectations.wording import LONGEST_LINE, shortened
from planning.records import PartitionRecord, RefusalRecord
from storage.lake.quarantined import QuarantinedRow, quarantined_rows
from storage.ledger.ledger import Ledger

if TYPE_CHECKING:
    from pipelines.settings import Settings


def quarantine(
    dataset: Annotated[str | None, typer.Argument(help=f"{', '.join(DATASETS)}; all when left out.")] = None,
    day: Annotated[str | None, typer.Argument(metavar="[DATE]", help="Partition date; all when left out.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most rows to show; 0 for all.")] = 20,
) -> None:
    """Show what is in quarantine: a line a partition, or with DATASET the rows and why they are there.

    Rows of refused partitions are nowhere but in landing: their files are read again to show them.
    """
    from pipelines.settings import load_settings

    if dataset is not None and dataset not in DATASETS:
        raise UserError(f"there is no dataset {clean(dataset)!r}; there are {', '.join(DATASETS)}")
    only = parse_day(day, "DATE") if day is not None else None
    settings = load_settings(home=home, landing=landing)
    home_folder = settings.folders
    check_ingested(settings)
    with Ledger(home_folder.ledger, "look") as ledger:
        records, refusals = ledger.partitions(dataset, only, only), ledger.refusals(dataset, only, only)
        if only is not None and not (records or refusals):
            known = [record.partition_date for record in ledger.partitions(dataset)]
            known += [refusal.partition_date for refusal in ledger.refusals(dataset)]
            raise UserError(f"{dataset} {only} is not ingested; ingested are {brief(known) or 'no days'}")
    held = [record for record in reversed(records) if record.rows_quarantined]
    console = reading_console()
    if not (held or refusals):
        where = " ".join(str(part) for part in (dataset, only) if part is not None)
        console.print(f"nothing is in quarantine{f' of {where}' if where else ''}, and no partition is refused")
        return
    if held and dataset is None:
        _print_partitions(console, held, limit)
    elif held:
        from storage.lake.lake import Lake  # Arrow takes a while to load

        lake = Lake(home_folder.lake)
        files = [(record, lake.quarantine_path(DATASETS[record.dataset], record.partition_date)) for record in held]
        _print_rows(console, files, limit)
    if refusals:
        if held:
            console.print()
        console.print(heading("Refused", "nothing of these is used; correct the landing files, then materialize"))
        shown = _print_refused_rows(console, settings, refusals, limit) if dataset is not None else ()
        for what, cause in refusal_lines(refusal for refusal in refusals if refusal not in shown):
            console.print(Text.assemble((what, "red"), f": {cause}"), soft_wrap=True)
        if dataset is None and any(refusal.reasons for refusal in refusals):
            console.print(Text("`portfolio quarantine DATASET DATE` shows their rows", style="dim"))


def _print_partitions(console: Console, records: Sequence[PartitionRecord], limit: int) -> None:
    newest = sorted(records, key=lambda record: (record.partition_date, record.dataset), reverse=True)
    total = sum(record.rows_quarantined for record in newest)
    console.print(heading("Quarantined", f"{total:,} rows of {len(newest):,} partitions, newest first"))
    rows = [
        (
            record.dataset,
            str(record.partition_date),
            written(record.rows_read),
            written(record.rows_quarantined),
            _reasons(record.reasons),
        )
        for record in newest[: limit or None]
    ]
    columns = (
        Column("Dataset"),
        Column("Date"),
        Column("Rows read", is_number=True),
        Column("Quarantined", is_number=True),
        Column("Reasons", folds=True),
    )
    console.print(WholeTable(columns, rows, keys=2))
    if limit and len(newest) > limit:
        console.print(Text(f"… {len(newest) - limit:,} more partitions; --limit 0 shows all", style="dim"))
    console.print(Text("`portfolio quarantine DATASET DATE` shows the rows", style="dim"))


def _print_rows(console: Console, files: Sequence[tuple[PartitionRecord, Path]], limit: int) -> None:
    """The rows, partition by partition, newest first; one that is long goes on in the next line."""
    left = limit or None
    for number, (record, path) in enumerate(files):
        if left == 0:
            rest = sum(later.rows_quarantined for later, _ in files[number:])
            console.print(
                Text(f"… {rest:,} more rows of {len(files) - number:,} partitions; --limit 0 shows all", style="dim")
            )
            return
        if number:
            console.print()
        console.print(heading(f"{record.dataset} {record.partition_date}", _reasons(record.reasons)))
        rows = quarantined_rows(path, left)
        for row in rows:
            line = Text.assemble(
                (clean(row["file"]), "cyan"),
                f" record {row['record_number']:,}: ",
                (", ".join(row["reasons"]), "yellow"),
            )
            console.print(line, soft_wrap=True)
            for text in _why(record, row):
                console.print(Text(f"  {clean(text)}"), soft_wrap=True)
            console.print(f"  {clean(row['raw_row'])}", soft_wrap=True)
        hidden = record.rows_quarantined - len(rows)
        if not rows and left != 0:
            console.print(Text(f"{record.rows_quarantined:,} rows, pruned", style="dim"))
        elif hidden > 0:
            console.print(Text(f"… {hidden:,} more rows of this partition; --limit 0 shows all", style="dim"))
        left = None if left is None else left - len(rows)


def _why(record: PartitionRecord, row: QuarantinedRow) -> Sequence[str]:
    """What is wrong with a quarantined row; nothing where its JSON can't be taken apart."""
    try:
        raw = json.loads(row["raw_row"])
    except json.JSONDecodeError:
        return ()
    return explanations(DATASETS[record.dataset], record.partition_date, row["file"], row["reasons"], raw)


def _print_refused_rows(
    console: Console, settings: "Settings", refusals: Sequence[RefusalRecord], limit: int
) -> list[RefusalRecord]:
    """Print the refused partitions that have rows to show, newest first, until the limit; which these are."""
    from assets.landing.refused_rows import refused_rows
    from sources.landing.folder import LandingFolder

    landing, left = LandingFolder(settings.landing_folder), limit or None
    shown = []
    for refusal in reversed(refusals):
        if not refusal.reasons or left == 0:
            continue
        shown.append(refusal)
        name = f"{refusal.dataset} {refusal.partition_date}"
        line = Text.assemble((name, "red"), f": {clean(shortened(refusal.cause, LONGEST_LINE))}")
        console.print(line, soft_wrap=True)
        found = refused_rows(landing, refusal, left, settings.memory_limit, settings.read_limits())
        if found.note:
            console.print(Text(f"({found.note})", style="dim"), soft_wrap=True)
        for row in found.rows:
            reasons = (", ".join(row.reasons), "yellow")
            console.print(
                Text.assemble((clean(row.file), "cyan"), f" record {row.record:,}: ", reasons), soft_wrap=True
            )
            for text in (*row.why, json.dumps(row.values, ensure_ascii=False)):
                console.print(Text(f"  {clean(text)}"), soft_wrap=True)
        if found.found > len(found.rows):
            hidden = found.found - len(found.rows)
            console.print(Text(f"… {hidden:,} more rows of this partition; --limit 0 shows all", style="dim"))
        left = None if left is None else left - len(found.rows)
    return shown


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
