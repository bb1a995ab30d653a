"""`--legend`: what each heading of a page means, in the words of the mart contract."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from cli.screen import customer_page
from cli.screen.decision_page import RISK_TITLE
from cli.screen.decisions import CUSTOMER, DECISIONS, OVERAGE_RISK, PRODUCT, Decision
from cli.screen.output import heading, plain_table
from cli.screen.sections import LICENCES, PORTFOLIO_KPIS, SECTIONS, TREND_COLUMNS, Figure
from cli.screen.tables import indented
from contracts.dashboard import KEY_MART, TREND_MART
from storage.reading.customers import CUSTOMERS_MART
from storage.reading.recomputed import POSITIONS

_LABELS = (Figure("customer_name", "Customer"), Figure("subscription_label", "Subscription"))
Group = tuple[str, Sequence[Figure]]
"""A mart, and the figures that a page shows of it."""


def explained(section: str | None) -> Iterator[RenderableType]:
    """The headings of a section's page, of the overview where none is named, each with its meaning."""
    from contracts.marts import read_marts

    marts = {mart.name: {column.name: column.description for column in mart.columns} for mart in read_marts()}
    table = plain_table(titles=False)
    table.add_column(no_wrap=False, overflow="fold", min_width=8)
    table.add_column(overflow="fold")
    said = set()
    for mart, figures in groups(section):
        for figure in figures:
            meaning = figure.meaning or marts[mart][figure.column]
            if (figure.title, meaning) not in said:
                said.add((figure.title, meaning))
                table.add_row(Text(figure.title), Text(meaning, style="dim"))
    yield heading("Headings", "docs/marts.md has every column")
    yield indented(table)


def groups(section: str | None) -> Iterator[Group]:
    """What a section's page shows, mart by mart."""
    if section == CUSTOMER:
        yield CUSTOMERS_MART, customer_page.FIGURES
        yield POSITIONS, (*_LABELS, PRODUCT, *customer_page.SUBSCRIPTIONS)
        for decision, *_ in customer_page.LISTS:
            yield from _of_rows(decision)
        return
    for decision in DECISIONS:
        if decision.slug == section:
            if decision.head is not None:
                yield decision.head.mart or decision.mart, (*decision.head.by, *decision.head.figures)
                yield decision.mart, _LABELS
            yield from _of_rows(decision)
    if section in (None, "kpis"):
        yield KEY_MART, PORTFOLIO_KPIS
    if section in (None, "trend"):
        yield TREND_MART, TREND_COLUMNS
    for known in SECTIONS:
        if section in (None, known.slug):
            yield known.kpi_mart, known.kpis
        if section == known.slug:
            yield known.table_mart, (*_LABELS, *known.columns, *LICENCES)


def _of_rows(decision: Decision) -> Iterator[Group]:
    risk = Figure("probability_over_limit_90d", RISK_TITLE)
    yield decision.mart, (PRODUCT, *decision.labels, *((risk,) if decision is OVERAGE_RISK else ()), *decision.columns)
