"""A list of the decision marts as text: what it lacks, its head figures, and its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rich.console import RenderableType
from rich.text import Text

from cli.screen.customers import how_to_deliver
from cli.screen.decisions import OVERAGE_RISK, PRODUCT, RETENTION, Decision
from cli.screen.forecast import base_rate_line, is_better, probability, skill_line
from cli.screen.output import cell, heading
from cli.screen.sections import Figure
from cli.screen.tables import Label, customer_labels, indented, left_out, row_table
from expectations.contract import ACCOUNTS, CONTRACT_LINES
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, Row
from storage.reading.optional_data import unknown_datasets
from storage.reading.retained import retention_of, year_before

SKILL_MART = "forecast_skill"
RISK_TITLE = "Over in 90 d"
WITHOUT = {
    CONTRACT_LINES.name: "no prices, notice or agreements are known, notice is the default",
    ACCOUNTS.name: "no owners or segments are known",
}


@dataclass(frozen=True)
class DecisionRows:
    """A list's rows of one partner and as-of date."""

    decision: Decision
    head: Sequence[Row]
    rows: Sequence[Row]
    count: int
    """How many rows there are; those that are not shown are not in `rows`."""
    unknown: Sequence[str] = ()
    """Optional datasets that it has figures of, and of which nothing is known."""
    skill: Row | None = None
    """Of the overage risk: what its forecasts were worth."""
    remarks: Sequence[str] = ()
    """What else there is to know of it, a line each."""


def read_decision(
    marts: PublishedMarts,
    decision: Decision,
    partner: str,
    day: date,
    *,
    product: str | None,
    filters: Filters,
    limit: int | None,
) -> DecisionRows:
    """The rows that are shown of a list, and figures over all of them.

    Raises:
        StorageError: an earlier version published, without the mart.
    """
    marts.require(decision.mart)
    if decision is RETENTION and filters:
        return _retained(marts, partner, day, product, filters)
    condition = filters.condition(decision.mart, marts.columns[decision.mart], (day, day))
    query = marts.selected(decision.mart, partner, day, day, product=product, condition=condition)
    ((count,),) = marts.connection.execute(f"select count(*) from ({query})").fetchall()
    rows = marts.query(f"{query} order by {decision.order}{'' if limit is None else f' limit {limit}'}")
    unknown = unknown_datasets(marts, partner, day) if decision.needs else ()
    return DecisionRows(
        decision,
        _head(marts, decision, query, partner, day, product) if not filters else _summed(marts, decision, query),
        rows,
        count,
        [name for name in unknown if name in decision.needs],
        read_skill(marts, partner, day) if decision is OVERAGE_RISK else None,
    )


def read_skill(marts: PublishedMarts, partner: str, day: date) -> Row | None:
    """What the forecasts of 90 days ago were worth; None where the day has no row."""
    marts.require(SKILL_MART)
    return next(iter(marts.rows(SKILL_MART, partner, day, day)), None)


def render_decision(shown: DecisionRows, width: int) -> Iterator[RenderableType]:
    """The list in parts, for a terminal of `width` columns."""
    decision = shown.decision
    yield heading(decision.title, decision.explanation)
    for line in notes(shown):
        yield indented(Text(line, style="yellow"))
    if not shown.rows or (not decision.head and all(row[decision.columns[0].column] is None for row in shown.rows)):
        yield indented(Text(decision.nothing, style="dim"))
        return
    if shown.head and decision.head:
        yield row_table(
            [_label(figure, shown.head) for figure in decision.head.by], decision.head.figures, shown.head, width
        )
        yield Text()
    yield from render_rows(shown, width, customer_labels(shown.rows) if decision.head else [])


def render_rows(shown: DecisionRows, width: int, labels: Sequence[Label]) -> Iterator[RenderableType]:
    """The rows of a list as a table.

    Args:
        labels: what says whose row it is.
    """
    decision = shown.decision
    own = [*labels, *(_label(figure, shown.rows) for figure in (PRODUCT, *decision.labels))]
    if decision is OVERAGE_RISK:
        better = is_better(shown.skill)
        own.append((RISK_TITLE, [probability(row, better=better) for row in shown.rows]))
    yield row_table(own, decision.columns, shown.rows, width)
    yield from left_out(shown.count, len(shown.rows))


def notes(shown: DecisionRows) -> Iterator[str]:
    """What there is to know of a list before it is read: what it lacks, and what its forecasts are worth."""
    for name in shown.unknown:
        yield f"{WITHOUT[name]}: {how_to_deliver(name)}"
    yield from shown.remarks
    if shown.decision is OVERAGE_RISK and shown.rows:
        yield skill_line(shown.skill)
        yield base_rate_line(shown.rows[0])


def _retained(marts: PublishedMarts, partner: str, day: date, product: str | None, filters: Filters) -> DecisionRows:
    """Retention of some customers, whose licences of a year ago only that day's publication tells."""
    rows, first = retention_of(marts, partner, day, filters, product), year_before(day)
    known = partner in marts.partners(first)
    remark = f"{first} is not published: what is left of these customers' licences of then can't be told"
    return DecisionRows(RETENTION, (), rows, len(rows), remarks=() if known else (remark,))


def _label(figure: Figure, rows: Sequence[Row]) -> Label:
    return figure.title, [cell(row, figure) for row in rows]


def _head(
    marts: PublishedMarts, decision: Decision, query: str, partner: str, day: date, product: str | None
) -> list[Row]:
    if decision.head is None or not decision.head.mart:
        return _summed(marts, decision, query)
    marts.require(decision.head.mart)
    return marts.rows(decision.head.mart, partner, day, day, product=product, order=decision.head.order)


def _summed(marts: PublishedMarts, decision: Decision, query: str) -> list[Row]:
    """The head's figures over the rows that are meant."""
    head = decision.head
    if head is None:
        return []
    names = {figure.column for figure in head.by} - head.sql.keys()
    by = ", ".join([*sorted(names), *(f"{sql} as {name}" for name, sql in head.sql.items())])
    return marts.query(f"select {by} from ({query}) group by all order by {head.order}")
