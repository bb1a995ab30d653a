"""`portfolio show` of some customers alone, and of one: figures are those of their rows."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.errors import UsageError, UserError
from cli.screen.decisions import SECTION_NAMES
from cli.screen.explained import groups
from contracts.marts import read_marts
from pipelines.discreet import discreet

from . import golden
from .golden import NORTH, change, table, text

Run = Callable[..., Result]


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    golden.publish(tmp_path / "home" / "serving" / "portfolio.duckdb")
    golden.with_terms(tmp_path / "home" / "serving" / "portfolio.duckdb")
    return tmp_path / "home"


def test_a_filter_narrows_every_list_and_its_figures(terms: Path, portfolio: Run) -> None:
    ann = portfolio("show", "worklist", "--home", terms, "--owner", "Ann", columns=160)
    assert [row[:3] for row in table(ann, "Customer ")] == [
        ["Acme, Inc.", "N-01", "Calling"],
        ["Acme, Inc.", "N-01", "Meetings"],
    ]
    assert [row[:3] for row in table(ann, "Product ")] == [["Meetings", "EUR", "1"], ["Calling", "none", "1"]]
    assert "only owner Ann: the figures are of these customers alone" in text(ann)
    assert "south" not in text(ann)  # nobody there has that owner
    # The mart of changes names no segment: the customer's counts.
    smb = portfolio("show", "changes", "--home", terms, "--segment", "SMB", columns=120)
    assert {row[0] for row in table(smb, "Customer ")} == {"Acme, Inc."}
    both = portfolio("show", "actions", "--home", terms, "--owner", "Bo O'Neil", "--customer", "EMBER", columns=120)
    assert [row[1] for row in table(both, "Customer ")] == ["N-06", "N-05"]


def test_a_filter_narrows_the_sections_and_their_figures(terms: Path, portfolio: Run) -> None:
    over = portfolio("show", "over-limit", "--home", terms, "--owner", "Ann", columns=120)
    assert table(over, "Product ") == [["Meetings", "1", "12", "12.0"], ["Calling", "0", "0", "-"]]
    expiring = portfolio("show", "expiring", "--home", terms, "--customer", "0101", columns=120)
    # Customers, licences, assigned, used, assignment, usage of N-01, as the golden positions have them.
    assert table(expiring, "Product ") == [
        ["Meetings", "1", "50", "45", "6", "90.0%", "12.0%"],
        ["Calling", "1", "30", "21", "2", "70.0%", "6.7%"],
    ]
    kpis = text(portfolio("show", "kpis", "--home", terms, "--segment", "SMB"))
    figures = next(line.split() for line in kpis.splitlines() if line.strip()[:1].isdigit())
    # With licences, expiring, renewing, low assignment, over the limit, managed: Acme expires, Delta is over its limit.
    assert figures == ["2", "1", "0", "0", "1", "2"]
    trend = text(portfolio("show", "trend", "--home", terms, "--owner", "Ann"))
    assert next(line for line in trend.splitlines() if "Calling" in line and "total" in line).endswith("30 → 30")


def test_the_owner_of_what_is_gone_is_that_of_the_week_before(terms: Path, portfolio: Run) -> None:
    change(
        terms,
        "insert into marts.customer_overview select * replace ('gone' as customer_id, 'Gone AG' as customer_name,"
        " 'Cy' as owner) from marts.customer_overview where customer_id = '0101' and as_of_date = '2024-05-30'",
        "insert into marts.renewal_outcomes (as_of_date, partner_id, product, subscription_id, customer_id,"
        " customer_name, subscription_label, is_trial, outcome, total_licenses, licenses_after, license_change) values"
        " ('2024-05-31', 'north', 'meetings', 'N-99', 'gone', 'Gone AG', 'N-99', false, 'lost', 7, 0, -7)",
    )
    for chosen in (("--owner", "Cy"), ("--customer", "gone a")):
        shown = portfolio("show", "outcomes", "--home", terms, *chosen, columns=120)
        assert table(shown, "Customer ") == [
            ["Gone AG", "N-99", "Meetings", "lost", "7", "0", "-7", "-", "-", "-", "-"]
        ]
    page = text(portfolio("show", "customer", "Gone", "--home", terms))
    assert "not in the portfolio on 2024-05-31" in page and "lost" in page


def test_one_customer_s_whole_picture(terms: Path, portfolio: Run) -> None:
    page = portfolio("show", "customer", "acme", "--home", terms)
    lines = text(page).splitlines()
    assert lines[0] == "Data as of 2024-05-31  partner north"
    assert any(line.startswith("Acme, Inc.  0101, NO, owner Ann, segment SMB") for line in lines)
    assert any("█" in line and "N-01" in line and "1,200 EUR" in line and "2024-08-29" in line for line in lines)
    assert "nothing, by the rules of next_actions" in text(page)
    assert sum("expiring entered" in line for line in lines) == 2
    assert any("2024-07-30" in line for line in lines)  # decide by
    assert "Borealis" not in text(page)
    calling = text(portfolio("show", "customer", "acme", "--home", terms, "--product", "calling"))
    assert "Meetings" not in calling and "over limit" not in calling.split("Subscriptions")[0]


def test_a_customer_s_unpriced_positions_are_those_that_are_shown(terms: Path, portfolio: Run) -> None:
    """Of N-01 the meetings have a price, and the calling has none."""
    for narrowed, unpriced in (((), True), (("--product", "calling"), True), (("--product", "meetings"), False)):
        page = text(portfolio("show", "customer", "acme", "--home", terms, *narrowed))
        assert ("1 without a known value" in page) is unpriced


def test_what_is_missing_for_all_lists_of_a_customer_is_said_once(terms: Path, portfolio: Run) -> None:
    without = terms.parent / "without"
    golden.publish(without / "serving" / "portfolio.duckdb")
    shown = text(portfolio("show", "customer", "0102", "--home", without, columns=200))
    assert [shown.count(f"deliver {name}") for name in ("contract_lines", "accounts")] == [1, 1]
    assert "What to do" in shown and "To decide" in shown


def test_several_customers_are_listed(terms: Path, portfolio: Run) -> None:
    result = portfolio("show", "customer", "c", "--home", terms)
    assert isinstance(result.exception, UsageError)
    assert result.stderr.splitlines() == [
        "0101  Acme, Inc.  partner north",
        "0107  Glacier  partner north",
    ]
    assert result.stdout == ""


@pytest.mark.parametrize("section", [None, *SECTION_NAMES])
def test_every_heading_is_a_column_of_the_contract_or_says_what_it_means(section: str | None) -> None:
    columns = {mart.name: {column.name for column in mart.columns} for mart in read_marts()}
    found = [(mart, figure) for mart, figures in groups(section) for figure in figures]
    assert found
    assert [(mart, figure) for mart, figure in found if not figure.meaning and figure.column not in columns[mart]] == []


@pytest.mark.parametrize("section", [[], ["customer", "acme"], ["overage-risk"]])
def test_the_legend_has_what_the_page_has(terms: Path, portfolio: Run, section: list[str]) -> None:
    shown = text(portfolio("show", *section, "--home", terms, *NORTH, "--legend", columns=160))
    page, legend = shown.split("Headings")
    assert "Licences purchased" in legend
    titles = {figure.title for _, figures in groups(section[0] if section else None) for figure in figures}
    assert titles <= {line.strip().split("  ")[0] for line in legend.splitlines()}
    for line in page.splitlines():
        if line.strip().startswith(("Customer ", "Subscription ")):
            assert set(re.split(r" {2,}", line.strip())) <= titles


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "customer", "e"),
        ("show", "expiring", "--customer", "e"),
        ("show", "expiring", "--owner", "x"),
        ("show", "expiring", "--segment", "x"),
        ("export", "expiring", "--customer", "e"),
        ("export", "expiring", "--owner", "x' y\"z http://q"),
        ("digest", "--owner", "nobody"),
    ],
)
def test_a_log_of_json_names_neither_customers_nor_owners(
    terms: Path, portfolio: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PORTFOLIO_LOG", "json")
    result = portfolio(*arguments, "--home", terms)
    assert isinstance(result.exception, UserError)
    logged = result.stderr + discreet(str(result.exception))
    assert re.search(r"there are \d+\b|means \d+ customers", logged), logged
    assert not re.search(r"Acme|Borealis|Ember|Delta|Ann|Neil|SMB|0101|http|y\"z|nobody", logged, re.IGNORECASE), logged
