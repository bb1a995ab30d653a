"""`portfolio show` of what to decide, on the golden portfolio's marts, which were worked out by hand."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len

from cli.errors import UsageError, UserError
from cli.screen.decisions import DECISIONS
from storage.files.atomic import StorageError

from . import golden
from .golden import NORTH, change, table, text

Run = Callable[..., Result]
SLUGS = [decision.slug for decision in DECISIONS]
LONG, WIDE = "Long name " * 20, "会社😀" * 12


@pytest.fixture
def home(tmp_path: Path) -> Path:
    golden.publish(tmp_path / "home" / "serving" / "portfolio.duckdb")
    return tmp_path / "home"


@pytest.fixture
def terms(home: Path) -> Path:
    golden.with_terms(home / "serving" / "portfolio.duckdb")
    return home


def test_the_worklist_is_what_was_worked_out(home: Path, portfolio: Run) -> None:
    shown = portfolio("show", "worklist", "--home", home, *NORTH, columns=160)
    assert table(shown, "Customer ")[0][:6] == ['Ember "Hot" Ltd', "N-05", "Meetings", "-30", "2024-05-01", "-"]
    assert [row[1:4] for row in table(shown, "Customer ")] == [
        ["N-05", "Meetings", "-30"],
        ["N-10", "Meetings", "-29"],
        ["N-06", "Meetings", "0"],
        ["N-01", "Calling", "60"],
        ["N-01", "Meetings", "60"],
        ["N-02", "Meetings", "60"],
    ]
    # Subscriptions, overdue, due in 30 days, unpriced, licences, customers: without prices there are no amounts.
    assert table(shown, "Product ") == [
        ["Meetings", "none", "5", "2", "1", "5", "380", "3"],
        ["Calling", "none", "1", "0", "0", "1", "30", "1"],
    ]


def test_amounts_of_several_currencies_stand_side_by_side(terms: Path, portfolio: Run) -> None:
    shown = portfolio(
        "show", "worklist", "--home", terms, *NORTH, "--owner", "Ann", "--owner", "Bo O'Neil", columns=160
    )
    assert [[row[1], row[5]] for row in table(shown, "Product ") if row[0] == "Meetings"] == [
        ["EUR", "5,200"],  # 1200.5 and 4000, half to even
        ["USD", "300"],
        ["none", "-"],
    ]
    amounts = {tuple(row[1:3]): row[5] for row in table(shown, "Customer ")}
    assert amounts["N-01", "Meetings"] in ("1,200 EUR", "1,201 EUR")
    assert amounts["N-02", "Meetings"] == "300 USD"
    assert amounts["N-01", "Calling"] == "-"


def test_changes_and_actions(home: Path, portfolio: Run) -> None:
    changes = portfolio("show", "changes", "--home", home, *NORTH, columns=120)
    assert ["Cirrus", "Enterprise Trial (N-03)", "Meetings", "removed", "25", "-", "-25"] in table(changes, "Customer ")
    assert table(changes, "Product ") == [
        ["Meetings", "added", "2", "+130"],
        ["Meetings", "expiring entered", "1", "0"],
        ["Meetings", "removed", "1", "-25"],
        ["Meetings", "renewing entered", "1", "0"],
        ["Calling", "added", "1", "+20"],
        ["Calling", "expiring entered", "1", "0"],
    ]
    actions = portfolio("show", "actions", "--home", home, *NORTH, columns=120)
    assert [row[1:4] for row in table(actions, "Customer ")] == [
        ["N-11", "Calling", "settle overage"],
        ["N-04", "Meetings", "settle overage"],
        ["N-09", "Meetings", "settle overage"],
        ["N-06", "Meetings", "renew"],
        ["N-08", "Meetings", "raise assignment"],
        ["N-12", "Calling", "raise assignment"],
        ["N-05", "Meetings", "raise assignment"],
    ]
    assert ["settle overage", "none", "3", "3"] in table(actions, "Action ")


def test_where_nothing_is_known_a_line_says_so(home: Path, portfolio: Run) -> None:
    assert "the portfolio of a year ago is not known" in text(portfolio("show", "retention", "--home", home, *NORTH))
    assert "nothing ended, converted" in text(portfolio("show", "outcomes", "--home", home, *NORTH))
    assert "no enterprise agreement is known" in text(portfolio("show", "true-forward", "--home", home, *NORTH))


def test_retention_of_a_year(home: Path, portfolio: Run) -> None:
    change(
        home,
        "update marts.retention set base_customers = 4, retained_customers = 3, base_licenses = 200,"
        " kept_licenses = 150, licenses_now = 240, customer_retention = 0.75, gross_license_retention = 0.75,"
        " net_license_retention = 1.2 where product = 'meetings'",
        "update marts.retention set base_customers = 0, retained_customers = 0 where product = 'calling'",
    )
    assert table(portfolio("show", "retention", "--home", home, *NORTH, columns=120), "Product ") == [
        ["Meetings", "4", "3", "75.0%", "75.0%", "120.0%", "200", "150", "240"],
        ["Calling", "0", "0", *"------"],
    ]


def test_retention_of_an_owner_s_customers(terms: Path, portfolio: Run) -> None:
    shown = text(portfolio("show", "retention", "--home", terms, *NORTH, "--owner", "Ann", columns=120))
    assert "only owner Ann: the figures are of these customers alone" in shown
    assert "2023-06-01 is not published: what is left of these customers' licences of then can't be told" in shown
    change(
        terms,
        "update marts.retention set base_customers = 9",
        *(
            f"insert into marts.{mart} by name select * replace (date '2023-06-01' as as_of_date) from marts.{mart}"
            " where partner_id = 'north' and as_of_date = date '2024-05-31'"
            for mart in ("portfolio_kpis", "license_positions")
        ),
        "update marts.license_positions set total_licenses = 100 where as_of_date = '2023-06-01'",
    )
    shown = portfolio("show", "retention", "--home", terms, *NORTH, "--owner", "Ann", columns=120)
    assert "is not published" not in text(shown)
    assert table(shown, "Product ") == [
        ["Meetings", "2", "2", "100.0%", "30.0%", "30.0%", "300", "90", "90"],  # 50 and 40 of 100 and 200
        ["Calling", "1", "1", "100.0%", "30.0%", "30.0%", "100", "30", "30"],
    ]


@pytest.mark.parametrize(("skill", "is_better"), [("null", False), ("0", False), ("-0.5", False), ("0.01", True)])
def test_a_forecast_that_is_no_better_than_the_base_rate_says_so_at_each_probability(
    home: Path, portfolio: Run, skill: str, is_better: bool
) -> None:
    change(
        home,
        "update marts.overage_risk set probability_over_limit_90d = 0.125, cohort_positions = 8, cohort_exceeded = 1"
        " where subscription_id <> 'N-12'",
        f"update marts.forecast_skill set positions = 40, exceeded = 6, brier_score = 0.1, reference_brier_score = 0.2,"
        f" skill = {skill}",
    )
    shown = portfolio("show", "overage-risk", "--home", home, *NORTH, columns=160)
    cells = [row[3] for row in table(shown, "Customer ")]
    probability = "12.5%" if is_better else "12.5%, no better than the base rate"
    assert cells == [probability] * 8 + ["-"]
    assert ("better than the base rate" in text(shown)) and ("no better" in text(shown)) is not is_better
    assert "base rate, all customers: 12.5%, 1 of 8 within the limit 90 days ago are over it" in text(shown)
    # On a narrow terminal it stands there all the same, over several lines.
    narrow = " ".join(text(portfolio("show", "overage-risk", "--home", home, *NORTH, columns=60)).split())
    assert narrow.count("12.5%") == 8 + 1
    page = text(portfolio("show", "customer", "0106", "--home", home, columns=160))
    assert ("12.5%, no better than the base rate" in page) is not is_better
    assert "forecast skill, all customers: " in page


@pytest.mark.parametrize("columns", [60, 80, 120, 160])
def test_no_terminal_is_too_narrow_for_any_name(home: Path, portfolio: Run, columns: int) -> None:
    named = [mart for mart, names in golden.MART_COLUMNS.items() if "customer_name" in names]
    letters = "\\x1b]0;x\\x07" + LONG
    change(
        home, *(f"update marts.{mart} set customer_name = e'{letters}' where customer_id = '0105'" for mart in named)
    )
    change(home, *(f"update marts.{mart} set customer_name = '{WIDE}' where customer_id = '0102'" for mart in named))
    for section in [*SLUGS, "kpis", "expiring", "customer"]:
        whom = ["0102"] if section == "customer" else []
        shown = text(portfolio("show", section, *whom, "--home", home, *NORTH, columns=columns))
        assert "\x1b" not in shown and "\x07" not in shown
        assert max(map(cell_len, shown.splitlines())) <= columns


@pytest.mark.parametrize("columns", [60, 80, 120, 160])
def test_what_identifies_a_row_is_on_any_terminal(home: Path, portfolio: Run, columns: int) -> None:
    name, subscription = "Northern Telecommunication Holdings of Scandinavia", "8a4f1f0e-3b1d-4a52-9d5e-2f1f6a3f9b7c"
    for section, mart, row, kind in (
        ("worklist", "renewal_worklist", "N-02", ""),
        ("changes", "portfolio_changes", "N-02", "renewing entered"),
        ("actions", "next_actions", "N-08", "raise assignment"),
        ("overage-risk", "overage_risk", "N-02", ""),
    ):
        change(
            home,
            f"delete from marts.{mart} where subscription_id <> '{row}' or as_of_date = '2024-05-30'",
            f"update marts.{mart} set customer_name = '{name}', subscription_id = '{subscription}',"
            " subscription_label = 'Enterprise Trial'",
        )
        lines = text(portfolio("show", section, "--home", home, *NORTH, columns=columns)).splitlines()
        start = next(number for number, line in enumerate(lines) if line.strip().startswith("Customer "))
        titles = [
            "Customer",
            "Subscription",
            "Product",
            *({"changes": ["Change"], "actions": ["Action"]}.get(section, [])),
        ]
        edges = [*(lines[start].index(title) for title in titles), None]
        columns_of = [
            "".join(line[first:last].split("  ")[0] for line in lines[start + 1 :]).replace(" ", "")
            for first, last in pairwise(edges)
        ]
        wanted = [name, f"Enterprise Trial ({subscription})", "Meetings", *filter(None, [kind])]
        for found, label in zip(columns_of, wanted, strict=True):
            assert found.startswith(label.replace(" ", ""))


@pytest.mark.parametrize("section", ["worklist", "actions", "changes", "customer"])
def test_what_is_missing_is_said_with_how_to_deliver_it(home: Path, terms: Path, portfolio: Run, section: str) -> None:
    whom = ["Glacier"] if section == "customer" else []
    south = " ".join(
        text(portfolio("show", section, *(["00124"] if whom else []), "--home", home, "--partner", "south")).split()
    )
    assert "no owners or segments are known: deliver accounts, a folder accounts/<day> in landing" in south
    if section != "changes":
        assert "no prices, notice or agreements are known" in south and "deliver contract_lines" in south
    north = text(portfolio("show", section, *whom, "--home", terms, *NORTH))
    assert "deliver" not in north


def test_an_empty_portfolio(home: Path, portfolio: Run) -> None:
    for mart in golden.MART_COLUMNS:
        if "subscription_id" in golden.MART_COLUMNS[mart]:
            change(home, f"delete from marts.{mart}")
    for decision in DECISIONS:
        if decision.head is not None:
            shown = text(portfolio("show", decision.slug, "--home", home))
            assert shown.count(decision.title) == 2
            assert "deliver" not in shown


def test_the_limit_counts_what_is_left_out(home: Path, portfolio: Run) -> None:
    shown = portfolio("show", "worklist", "--home", home, *NORTH, "--limit", "2")
    assert [row[1] for row in table(shown, "Customer ")[:2]] == ["N-05", "N-10"]
    assert "… 4 more; --limit 0 shows all" in text(shown)
    assert "N-02" in text(portfolio("show", "worklist", "--home", home, *NORTH, "--limit", "0"))


def test_products_and_earlier_days(home: Path, portfolio: Run) -> None:
    calling = portfolio("show", "worklist", "--home", home, *NORTH, "--product", "calling")
    assert [row[:3] for row in table(calling, "Customer ")] == [["Acme, Inc.", "N-01", "Calling"]]
    before = text(portfolio("show", "changes", "--home", home, *NORTH, "--as-of", "2024-05-30"))
    assert "Data as of 2024-05-30  partner north" in before and "suspended" in before
    both = text(portfolio("show", "changes", "--home", home)).splitlines()
    assert [line for line in both if line.startswith("Data")] == [
        "Data as of 2024-05-31  partner north",
        "Data as of 2024-05-30  partner south",
    ]


def test_a_publication_of_an_earlier_version(home: Path, portfolio: Run) -> None:
    change(home, *(f"drop table marts.{decision.mart}" for decision in DECISIONS), "drop table marts.customer_overview")
    for arguments in (*([slug] for slug in SLUGS), ["customer", "x"], ["--owner", "x"]):
        result = portfolio("show", *arguments, "--home", home)
        assert isinstance(result.exception, StorageError)
        assert "an earlier version published this, without" in str(result.exception)
        assert "`portfolio materialize --stale`" in str(result.exception) and "\n" not in str(result.exception)
    assert text(portfolio("show", "--home", home))


def test_a_day_that_an_earlier_version_built(home: Path, portfolio: Run) -> None:
    change(home, *(f"delete from marts.{mart} where as_of_date = '2024-05-30'" for mart in ("customer_overview",)))
    result = portfolio("show", "worklist", "--home", home, *NORTH, "--as-of", "2024-05-30")
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith("2024-05-30 of partner north was built by an earlier version")
    assert text(portfolio("show", "worklist", "--home", home, *NORTH))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kpis", "Ann"], "'Ann' is too much behind kpis; --customer narrows that"),
        (["customer"], "say which customer"),
        (["customer", " "], "the customer is empty"),
        (["customer", "x", "--customer", "x"], "the customer is named twice"),
        (["customer", "0101", "--owner", "Bo O'Neil"], "no partner has, on the dates shown, customers"),
        (["customer", "nobody\x1b"], "no customer has the id 'nobody�', or that in its name"),
        (["worklist", "--owner", "ann"], "there is no owner 'ann'; there are Ann, Bo O'Neil"),
        (["--segment", "x", "--owner", "Ann"], "there is no segment 'x'; there are SMB"),
        (
            ["--owner", "Ann", "--segment", "SMB", "--customer", "00124"],
            "no partner has, on the dates shown, customers",
        ),
        (["expiring", "--customer", "c"], "'c' means 2 customers; choose one by its id"),
    ],
)
def test_wrong_usage_is_one_line(terms: Path, portfolio: Run, arguments: list[str], message: str) -> None:
    result = portfolio("show", *arguments, "--home", terms)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith(message) and "\n" not in str(result.exception)


def test_without_accounts_no_owner_is_there_to_choose(home: Path, portfolio: Run) -> None:
    result = portfolio("show", "worklist", "--owner", "Ann", "--home", home)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith("there is no owner 'Ann': no customer has one; deliver accounts")
