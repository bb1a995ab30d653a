"""Usage windows: what a partner delivered of a product up to a day, and which figures are unknown without it."""

from datetime import date, timedelta

import duckdb
import pytest

from storage.ledger.ledger import Ledger
from storage.ledger.usage_windows import UsageWindow, UsageWindows
from storage.publication.usage_table import usage_windows_table
from storage.reading.known_usage import UNKNOWN_WHEN, WithoutUsage, known_usage, without_usage
from storage.warehouse.queries import DuckDBQueries
from storage.warehouse.usage_windows import read_usage_windows
from tests.reference.contract import MART_COLUMNS

D = date(2026, 3, 31)
EVE = D - timedelta(days=1)
GRAIN = ["as_of_date", "partner_id", "product"]
FIGURES = {"used_licenses": 0, "used_licenses_90d": 5, "weekly_usage_change": -3, "total_licenses": 9}


def ago(days):
    return D - timedelta(days=days)


@pytest.fixture
def con():
    with duckdb.connect() as opened:
        opened.execute("create schema raw; create schema marts; create schema meta")
        opened.execute("create table raw.license_usage (partner_id text, product text, activity_date date)")
        grain = "as_of_date date, partner_id text, product text"
        opened.execute(f"create table marts.license_distribution_trend ({grain}, subscriptions int)")
        opened.execute(
            "create view marts.portfolio_kpis as"
            " select distinct as_of_date, partner_id from marts.license_distribution_trend"
        )
        opened.execute(f"create table marts.m ({grain}, {', '.join(f'{name} bigint' for name in FIGURES)})")
        yield opened


def trend(con, *rows):
    con.executemany("insert into marts.license_distribution_trend values (?, ?, ?, ?)", rows)


def test_each_window_counts_its_activity_dates_with_both_ends(con):
    trend(con, (D, "p", "meetings", 1), (D, "p", "calling", 0), (EVE, "p", "meetings", 1))
    # Of the last seven days the first two, of the seven before the next two, of the ninety all but the last.
    used = [("p", "meetings", ago(offset)) for offset in (0, 6, 7, 13, 14, 89, 90)]
    repeated_and_another = [("p", "meetings", D), ("q", "calling", D)]
    con.executemany("insert into raw.license_usage values (?, ?, ?)", used + repeated_and_another)

    assert read_usage_windows(DuckDBQueries(con), [D]) == [
        UsageWindow(D, "p", "calling", 0, 0, 0),
        UsageWindow(D, "p", "meetings", 2, 6, 2),
    ]
    assert read_usage_windows(DuckDBQueries(con), []) == []


def test_the_ledger_keeps_what_the_last_build_of_a_day_found(tmp_path):
    old, new = UsageWindow(D, "p", "meetings", 1, 1, 1), UsageWindow(D, "p", "calling", 0, 0, 0)
    other = UsageWindow(ago(3), "p", "calling", 7, 9, 7)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        windows = UsageWindows(ledger)
        windows.record(ago(3), D, [other, old])
        windows.record(D, D, [new])
        assert windows.read([ago(3), D]) == [other, new]
        assert windows.read([D]) == [new]
        windows.record(date.min, ago(3), ())
        assert windows.read([ago(3), D]) == [new]


def test_only_published_partners_and_days_are_published(con):
    trend(con, (D, "p", "meetings", 1))
    rows = [UsageWindow(day, partner, "meetings", 0, 0, 0) for day, partner in ((D, "p"), (D, "q"), (EVE, "p"))]
    usage_windows_table(con, rows)
    assert con.execute("select as_of_date, partner_id from meta.usage_windows").fetchall() == [(D, "p")]
    usage_windows_table(con, [])
    assert con.execute("select count(*) from meta.usage_windows").fetchone() == (0,)


@pytest.mark.parametrize(
    ("window", "unknown"),
    [
        ((1, 1, 1), set()),
        ((0, 1, 1), {"used_licenses", "weekly_usage_change"}),
        ((1, 1, 0), {"weekly_usage_change"}),
        ((0, 0, 0), {"used_licenses", "weekly_usage_change", "used_licenses_90d"}),
        (None, set()),  # built by a version that did not look
    ],
)
def test_what_is_of_a_window_without_usage_is_null(con, window, unknown):
    trend(con, (D, "p", "meetings", 1))
    usage_windows_table(con, [UsageWindow(D, "p", "meetings", *window)] if window else [])
    con.execute("insert into marts.m values (?, 'p', 'meetings', ?, ?, ?, ?)", [D, *FIGURES.values()])

    found = con.execute(known_usage(con, "marts.m", [*GRAIN, *FIGURES]))

    assert [column[0] for column in found.description] == [*GRAIN, *FIGURES]
    expected = [None if name in unknown else value for name, value in FIGURES.items()]
    assert found.fetchall() == [(D, "p", "meetings", *expected)]


def test_figures_of_the_week_before_are_null_without_usage_then(con):
    con.execute("create table marts.outcomes as select *, null::date as changed_on from marts.m")
    trend(con, (D, "p", "meetings", 1), (D, "p", "calling", 1))
    usage_windows_table(con, [UsageWindow(D, "p", "meetings", 0, 1, 1), UsageWindow(D, "p", "calling", 1, 1, 0)])
    for product in ("meetings", "calling"):
        con.execute("insert into marts.outcomes values (?, 'p', ?, 4, 5, 6, 9, null)", [D, product])

    columns = [*GRAIN, *FIGURES, "changed_on"]
    found = con.execute(
        f"select product, used_licenses from ({known_usage(con, 'marts.outcomes', columns)}) order by 1"
    )

    assert found.fetchall() == [("calling", None), ("meetings", 4)]


@pytest.mark.parametrize(
    ("products", "expected"),
    [("meetings", 4), ("calling", None), ("calling, meetings", None), ("", 4)],
)
def test_a_sum_over_products_is_null_where_one_of_them_has_no_usage(con, products, expected):
    con.execute("create table marts.customers (as_of_date date, partner_id text, products text, used_licenses bigint)")
    trend(con, (D, "p", "meetings", 1), (D, "p", "calling", 1), (D, "q", "meetings", 1))
    usage_windows_table(
        con,
        [
            UsageWindow(D, "p", "meetings", 1, 1, 1),
            UsageWindow(D, "p", "calling", 0, 1, 1),
            UsageWindow(D, "q", "meetings", 0, 0, 0),
        ],
    )
    con.execute("insert into marts.customers values (?, 'p', ?, 4)", [D, products])

    columns = ["as_of_date", "partner_id", "products", "used_licenses"]
    assert con.execute(known_usage(con, "marts.customers", columns)).fetchall() == [(D, "p", products, expected)]


def test_every_figure_of_usage_in_the_mart_contract_is_known_here():
    names = {name for columns in MART_COLUMNS.values() for name in columns}
    derived = {name for name in names if "used" in name or "usage" in name}
    assert derived == {*UNKNOWN_WHEN, "usage_days_loaded", "usage_days_loaded_90d"}


def test_a_publication_of_an_earlier_version_is_read_as_it_is(con):
    assert known_usage(con, "marts.m", [*GRAIN, *FIGURES]) == "select * from marts.m"


def test_what_is_said_after_a_build_names_partner_product_and_days(con):
    trend(con, *((day, "p", product, 1) for day in (EVE, D) for product in ("meetings", "calling")))
    trend(con, (D, "q", "calling", 0))
    usage_windows_table(
        con,
        [
            UsageWindow(EVE, "p", "meetings", 0, 3, 0),
            UsageWindow(D, "p", "meetings", 0, 0, 0),
            UsageWindow(EVE, "p", "calling", 0, 3, 0),
            UsageWindow(D, "p", "calling", 1, 3, 0),
            UsageWindow(D, "q", "calling", 0, 0, 0),  # of which it has no subscription
        ],
    )
    assert without_usage(con, [EVE, D]) == [
        WithoutUsage("p", "calling", 7, (EVE,)),
        WithoutUsage("p", "meetings", 90, (D,)),
        WithoutUsage("p", "meetings", 7, (EVE,)),
    ]
    assert without_usage(con, [D]) == [WithoutUsage("p", "meetings", 90, (D,))]
