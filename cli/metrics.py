"""`portfolio metrics`: metrics of the semantic layer, answered from the publication."""

import csv
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.errors import UserError
from cli.screen.output import NOTHING, clean, plain_table, reading_console, utf8_output, written
from cli.screen.sections import Kind
from storage.usable import refuse_unusable

_MOST_DIGITS = 10_000  # from here on four digits are not the whole number
_NARROWEST_TEXT = 24  # columns that are left for a metric's meaning beside its name


def metrics(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="METRIC", help="Metrics to query; all are listed when left out.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="NAME", help="Group by, such as metric_time__day, partner, position__product."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILTER", help="MetricFlow filter, such as \"{{ Dimension('position__product') }} = 'x'\"."
        ),
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option("--order", metavar="NAME", help="Sort by; with - in front, the largest first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Show the query as SQL, and run nothing.")] = False,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Query metrics, each defined once (docs/metrics.md), with MetricFlow on the published marts."""
    from pipelines.definitions import workspace_of
    from pipelines.manifest import prepare_manifest
    from pipelines.settings import load_settings
    from storage.reading.metric_queries import MetricQuery, Metrics

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    published = settings.folders.serving.file
    if not published.is_file() and names and not sql:
        raise UserError(f"nothing is published in {published}; `portfolio materialize` publishes")
    prepare_manifest(settings.folders, workspace_of(settings).on_duckdb().dbt_environment())
    layer = Metrics(settings.folders.dbt.semantic_manifest)
    if not names:
        _print_names(layer.names(), reading_console())
        return
    query = MetricQuery(names, by or (), where or (), order or (), limit)
    if sql:
        typer.echo(layer.sql(query))
        return
    answer = layer.query(published, query)
    if as_csv:
        writer = csv.writer(utf8_output())
        writer.writerow(answer.columns)
        writer.writerows([_day(value) for value in row] for row in answer.rows)
        return
    _print_rows(answer.columns, answer.rows, layer.money(), reading_console())


def _print_names(names: Mapping[str, str], console: Console) -> None:
    """Each metric and what it is; a name stays on one line, so that it can be copied."""
    widest = max(map(cell_len, names), default=0)
    if console.width - widest < _NARROWEST_TEXT:
        for name, meaning in names.items():
            console.print(Text(name), soft_wrap=True)
            console.print(Padding(Text(meaning, style="dim"), (0, 0, 0, 2)))
        return
    table = plain_table()
    table.add_column("metric", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for name, meaning in names.items():
        table.add_row(Text(name), Text(meaning))
    console.print(table)


def _print_rows(
    columns: Sequence[str], rows: Sequence[Sequence[object]], money: Collection[str], console: Console
) -> None:
    """An answer as a table, a line each: one wider than the terminal runs on, and nothing in it is cut.

    Args:
        money: the columns that are amounts.
    """
    kinds = [Kind.MONEY if column in money else None for column in columns]
    cells = [list(columns), *([_shown(*cell) for cell in zip(row, kinds, strict=True)] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        line = "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        console.print(Text(line.rstrip(), style="" if number else "dim"), soft_wrap=True)


def _shown(value: object, kind: Kind | None) -> str:
    """Amounts as everywhere; counts and ratios as they are stored: what these are, only their definition knows."""
    if isinstance(value, float | Decimal) and kind is not None:
        return written(value, kind)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < _MOST_DIGITS else f"{value:,.0f}"
    return NOTHING if value is None else clean(_day(value))


def _day(value: object) -> object:
    """MetricFlow truncates dates to times at midnight."""
    return value.date() if isinstance(value, datetime) else value
