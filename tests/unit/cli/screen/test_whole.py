"""No digit of a figure is ever cut, whatever the terminal's width is."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from assets.landing.report import DatasetReport, FileReport, LandingReport, PartitionReport
from cli.check import print_report
from cli.quarantine import _print_partitions
from cli.screen.freshness import print_freshness
from cli.screen.page import Page, SectionRows, render
from cli.screen.sections import PORTFOLIO_KPIS, SECTIONS, Figure
from cli.screen.tables import row_table
from cli.screen.whole import Cards, Column, WholeTable
from expectations.accounts import FileRows
from planning.freshness import Freshness
from planning.records import PartitionRecord

WIDTHS = range(40, 201)
DAY = date(2026, 3, 22)
FIGURES = st.integers(0, 10**12).map("{:,}".format)


def written(part, width):
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(part)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    return text.split()


@given(
    rows=st.lists(st.lists(FIGURES, min_size=9, max_size=9), min_size=1, max_size=3),
    keys=st.integers(1, 2),
    gap=st.integers(1, 2),
    width=st.sampled_from(WIDTHS),
)
def test_table_holds_every_figure_whole_and_in_its_row(rows, keys, gap, width):
    columns = [*(Column(f"key{place}") for place in range(keys)), *(Column(f"n{place}", True) for place in range(9))]
    lines = [[*(f"row{number}" for _ in range(keys)), *row] for number, row in enumerate(rows)]
    words = written(WholeTable(columns, lines, keys=keys, gap=gap), width)
    for number, row in enumerate(rows):
        found, mine = [], False
        for word in words:
            if word.startswith(("row", "key")):
                mine = word == f"row{number}"
            elif mine and word[0].isdigit():
                found.append(word)
        assert found == row


@pytest.mark.parametrize("width", [40, 60, 80])
def test_text_at_the_end_goes_on_in_another_line_or_block(width):
    reasons = " ".join(f"reason_{number}" for number in range(20))
    columns = (Column("Dataset"), Column("Rows", is_number=True), Column("Reasons", folds=True))
    words = written(WholeTable(columns, [("license_assignments", "1,234,567", reasons)]), width)
    assert [word for word in words if word.startswith("reason_")] == reasons.split()
    assert "1,234,567" in words


@given(figures=st.lists(FIGURES, min_size=1, max_size=7), width=st.sampled_from(WIDTHS))
def test_cards_hold_every_figure_and_every_word_of_their_headings(figures, width):
    words = written(Cards([(figure, "customers with licences") for figure in figures]), width)
    assert [word for word in words if word[0].isdigit()] == figures
    assert [words.count(word) for word in ("customers", "with", "licences")] == [len(figures)] * 3


@given(values=st.lists(st.integers(0, 10**9), min_size=6, max_size=6), width=st.sampled_from(WIDTHS))
def test_table_of_rows_shows_a_figure_whole_or_not_at_all(values, width):
    row = {f"f{place}": value for place, value in enumerate(values)}
    labels = [(title, ["label of a row"]) for title in ("Customer", "Subscription", "Owner")]
    words = written(row_table(labels, [Figure(name, name.upper()) for name in row], [row], width), width)
    shown = [word for word in words if word[0].isdigit()]
    assert shown == [f"{value:,}" for value in values][: len(shown)]


@pytest.mark.parametrize("width", WIDTHS)
def test_overview_has_all_of_its_figures(width):
    large = iter(range(1_234_001, 1_235_000))

    def row(figures):
        return {figure.column: 0.987 if figure.kind.value == "ratio" else next(large) for figure in figures}

    kpis = row(PORTFOLIO_KPIS)
    sections = [SectionRows(one, [{"product": "meetings", **row(one.kpis)}]) for one in SECTIONS]
    days = [DAY - timedelta(days=41), DAY]
    trend = [
        {"as_of_date": day, "product": "meetings"}
        | dict.fromkeys(("total_licenses", "assigned_licenses", "used_licenses"), next(large))
        for day in days
    ]
    page = Page("acme", DAY, kpis=kpis, trend=trend, sections=sections)
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    for part in render(page, width, None):
        console.print(part)
    words = console.file.getvalue().split()
    whole = [*kpis.values(), trend[0]["total_licenses"], trend[1]["total_licenses"]]
    for section in sections:
        shown = [figure for figure in section.section.kpis if not figure.wide or width >= 110]
        whole += [section.kpis[0][figure.column] for figure in shown if figure.kind.value in ("count", "average")]
    wanted = {f"{value:,}" for value in whole} | {"98.7%"}
    assert {word.removesuffix(".0") for word in words} >= wanted


@pytest.mark.parametrize("width", [40, 45, 50, 60, 70, 80, 100, 120, 200])
def test_freshness_check_and_quarantine_have_all_of_their_figures(width):
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    record = PartitionRecord(
        dataset="license_assignments",
        partition_date=DAY,
        landing_signature="s",
        landing_hash="h",
        content_hash="c",
        files=1,
        rows_read=1_234_567,
        rows_accepted=1,
        rows_quarantined=1_234_566,
        rows_duplicate=0,
        ingested_at=None,
        reasons={"bad_type": 1_234_566},
        partners={},
    )
    _print_partitions(console, [record], 20)
    print_freshness(
        console, [Freshness("feed", "license_assignments", None, DAY, None, 3)], DAY + timedelta(days=1_234)
    )
    rows = FileRows(read=7_654_321, accepted=6_543_210, quarantined=5_432_109, duplicate=4_321_098)
    partition = PartitionReport(DAY, (FileReport("a.csv", rows),), {"bad_type": 3_210_987})
    console.print()
    print_report(LandingReport(Path("landing"), DAY, DAY, [DatasetReport("license_assignments", [partition])]), console)
    words = set(console.file.getvalue().split())
    assert {"1,234,567", "1,234,566", "1,234", str(DAY)} <= words
    assert {"7,654,321", "6,543,210", "5,432,109", "4,321,098", "3,210,987"} <= words


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_status_names_every_mart_and_day_whole(portfolio, home, width):
    result = portfolio("status", "--home", home, columns=width)
    assert result.exception is None
    assert "…" not in result.output.partition("Mart")[2]
    assert result.output.split().count("portfolio_kpis") >= 1
