"""The pages about decisions show what the published marts hold: actions, changes, retention, and one customer."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bi.tests.conftest import ARTIFACTS, PASSWORD
from bi.tests.dashboard import PATIENCE, Dashboard
from bi.tests.decisions import (
    ACTIONS,
    CHANGES,
    CUSTOMER_TABLES,
    DECISION_TABLES,
    DECISION_TILES,
    HOSTILE,
    MOTIONS,
    NO_BETTER,
    OUTCOMES,
    PAGES,
    RETENTION,
    WITHOUT_OPTIONAL,
    rows_of,
    shown,
    told,
)
from bi.tests.measuring import FIGURE_BEYOND_TILE, TABLE_BEYOND_CHART
from bi.tests.published import publish, query

MOST_ADDED = "select {0} from marts_latest.{1} where {0} is not null group by 1 order by count(*) desc, 1 limit 1"


@pytest.fixture(scope="module", autouse=True)
def first_publication(home: Path) -> Iterator[None]:
    """Put back what was published, for whatever test comes next."""
    published = home / "serving" / "portfolio.duckdb"
    first = published.read_bytes()
    yield
    published.write_bytes(first)


@pytest.fixture(scope="module")
def pages(browser: Browser, address: str, first_publication: None) -> Iterator[Dashboard]:
    """The dashboard with each of the pages drawn once, which stay in the browser; pictures of them are taken."""
    page = browser.new_page(viewport={"width": 1600, "height": 3200})
    dashboard = Dashboard(page, address)
    dashboard.log_in("admin", PASSWORD)
    dashboard.open("Actions")
    for name in PAGES:
        dashboard.turn_to(name)
        dashboard.screenshot(ARTIFACTS / f"{name.lower()}.png")
    yield dashboard
    page.close()


def test_tiles(pages: Dashboard, home: Path) -> None:
    for place, (figure, form) in DECISION_TILES.items():
        ((value,),) = query(home, f"select {figure}")
        pages.turn_to("Actions" if place.startswith("actions") else "Retention")
        text = "No data" if value is None else format(value, form)
        expect(pages.figure(place), place).to_have_text(text, timeout=PATIENCE)


@pytest.mark.parametrize("place", DECISION_TABLES)
def test_tables(pages: Dashboard, home: Path, place: str) -> None:
    where = "product = 'meetings'" if place.startswith("outcomes") else "true"
    expected = rows_of(home, place, where)
    pages.turn_to({"actions": "Actions", "changes": "Changes", "outcomes": "Retention"}[place.partition("-")[0]])
    assert shown(pages.rows(place), len(expected[0]) if expected else 0) == expected


def test_amounts_stand_side_by_side_in_their_currencies(pages: Dashboard, home: Path) -> None:
    expected = query(
        home,
        "select case currency when 'none' then 'no price' else currency end, sum(subscriptions), sum(value_12m),"
        " sum(avoidable_12m), sum(unpriced_subscriptions) from marts_latest.renewal_worklist_kpis group by 1",
    )
    assert len(expected) > 2
    pages.turn_to("Actions")
    assert sorted(shown(pages.rows("actions-money"), 5)) == sorted([told(value) for value in row] for row in expected)


def test_decisions_and_money_by_week(pages: Dashboard, home: Path) -> None:
    week = "decision_date - cast(isodow(decision_date) - 1 as integer)"
    amounts = query(
        home,
        f"select {week}, coalesce(currency, 'no price'), count(*), sum(total_licenses), sum(value_12m),"
        " sum(avoidable_12m) from marts_latest.renewal_worklist group by all",
    )
    pages.turn_to("Actions")
    drawn = shown(pages.rows("actions-weeks-money"), 6)
    every = [[told(value) for value in row] for row in amounts]
    assert all(row in every for row in drawn)
    assert [row[0] for row in drawn] == sorted(row[0] for row in every)[: len(drawn)]
    counts = query(home, f"select motion, count(*) from marts_latest.renewal_worklist group by {week}, motion")
    bars = pages.data("actions-weeks")
    for name, motion in MOTIONS.items():
        found = Counter(bar[name] for bar in bars if bar[name])
        assert found == Counter(count for held, count in counts if held == motion), name


def test_no_probability_stands_without_what_such_forecasts_were_worth(pages: Dashboard, home: Path) -> None:
    ((skill,),) = query(home, "select skill from marts_latest.forecast_skill")
    worth = NO_BETTER if skill is None or skill <= 0 else "better than the base rate"
    expected = query(
        home,
        "select customer_name, probability_over_limit_90d from marts_latest.overage_risk order by"
        " probability_over_limit_90d desc, headroom_licenses, customer_name, subscription_id, product limit 12",
    )
    pages.turn_to("Actions")
    found = [[row[0], row[7], row[8]] for row in pages.rows("actions-risk")]
    assert found == [[name, f"{probability:.1%}", worth] for name, probability in expected]
    assert [row[5] for row in pages.rows("actions-skill")] == [worth]


def test_changes_by_kind(pages: Dashboard, home: Path) -> None:
    expected = query(
        home,
        "select change, count(*), count(distinct customer_id), sum(license_change)"
        " from marts_latest.portfolio_changes group by change",
    )
    pages.turn_to("Changes")
    kinds = [[CHANGES[kind], f"{rows:,d}", f"{who:,d}", f"{more:+,d}"] for kind, rows, who, more in expected]
    assert sorted(row[:4] for row in pages.rows("changes-kinds")) == sorted(kinds)


def test_retention_of_each_day(pages: Dashboard, home: Path) -> None:
    ratios = ", ".join(RETENTION.values())
    expected = query(home, f"select {ratios} from marts.retention where product = 'meetings' order by as_of_date")
    days = sorted(pages.data("retention-curves"), key=lambda day: day["as_of_date"])
    assert len(days) == len(expected)
    for day, held in zip(days, expected, strict=True):
        assert [day[name] for name in RETENTION] == [None if one is None else pytest.approx(one) for one in held]


def test_outcomes_by_week(pages: Dashboard, home: Path) -> None:
    counts = query(home, "select outcome, count(*) from marts.renewal_outcomes where product = 'meetings' group by 1")
    bars = pages.data("outcomes-weeks")
    found = {name: sum(bar[name] or 0 for bar in bars) for name in OUTCOMES.values()}
    assert found == dict.fromkeys(OUTCOMES.values(), 0) | {OUTCOMES[name]: count for name, count in counts}


def test_one_customer_s_whole_picture(pages: Dashboard, home: Path) -> None:
    """The first one by name, until another is chosen: here the one with most to do."""
    ((first,),) = query(home, "select min(customer_name) from marts_latest.customer_overview")
    ((busiest,),) = query(home, MOST_ADDED.format("customer_name", "next_actions"))
    pages.turn_to("Customer")
    assert pages.rows("customer-overview")[0][0] == first
    pages.choose("customer", busiest)
    ((customer,),) = query(
        home, "select customer_id from marts_latest.customer_overview where customer_name = ?", [busiest]
    )
    for place, (mart, columns) in CUSTOMER_TABLES.items():
        rows = query(home, f"select {columns} from {mart} where customer_id = ?", [customer])
        expected = Counter(tuple(told(value, ACTIONS | CHANGES | OUTCOMES) for value in row) for row in rows)
        found = pages.rows(place)
        width = len(columns.split(","))
        assert len(pages.data(place)) == len(rows), place
        assert Counter(map(tuple, shown(found, width))) <= expected, place
        assert len(found) == min(
            len(rows), {"customer-overview": 5, "customer-subscriptions": 10, "customer-actions": 10}.get(place, 6)
        ), place
    bars = pages.data("customer-bars")
    assert sum(bar["Available licences"] for bar in bars) == sum(
        available
        for (available,) in query(
            home,
            "select available_licenses from marts_latest.license_positions where customer_id = ?"
            " order by 1 desc limit 15",
            [customer],
        )
    )
    pages.screenshot(ARTIFACTS / "customer.png")


def test_owner_and_segment_narrow_what_is_to_do(pages: Dashboard, home: Path) -> None:
    ((owner, segment),) = query(
        home,
        "select owner, segment from marts_latest.next_actions where owner is not null and segment is not null"
        " group by all order by count(*) desc, 1, 2 limit 1",
    )
    pages.turn_to("Actions")
    pages.choose("owner", owner)
    assert shown(pages.rows("actions-table"), 8) == rows_of(home, "actions-table", "owner = ?", [owner])
    pages.choose("segment", segment)
    where, given = "owner = ? and segment = ?", [owner, segment]
    assert shown(pages.rows("actions-table"), 8) == rows_of(home, "actions-table", where, given)
    ((overdue,),) = query(
        home,
        "select count(*) from marts_latest.renewal_worklist"
        f" where days_until_decision < 0 and motion <> 'convert' and {where}",
        given,
    )
    expect(pages.figure("actions-overdue")).to_have_text(f"{overdue:,d}", timeout=PATIENCE)
    risks = query(home, "select count(*) from marts_latest.overage_risk where owner = ?", [owner])
    assert 0 < len(pages.data("actions-risk")) <= risks[0][0]


def test_nothing_failed_and_nothing_left_the_machine(pages: Dashboard) -> None:
    assert pages.failures == []
    assert pages.left_the_machine == []
    expect(pages.page.get_by_role("alert")).to_have_count(0)


@pytest.fixture(scope="module")
def narrow(browser: Browser, address: str, home: Path, pages: Dashboard) -> Iterator[Dashboard]:
    """A page of 1280 pixels on a publication without the optional datasets, with names that are markup."""
    publish(home, [*WITHOUT_OPTIONAL, *HOSTILE])
    page = browser.new_page(viewport={"width": 1280, "height": 3200})
    dashboard = Dashboard(page, address)
    dashboard.log_in("admin", PASSWORD)
    dashboard.open("Actions")
    yield dashboard
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_page_without_the_optional_datasets(narrow: Dashboard, name: str) -> None:
    narrow.turn_to(name)
    narrow.wait_until_still()
    narrow.page.screenshot(path=ARTIFACTS / f"{name.lower()}-1280.png")
    panel = narrow.page.locator("[data-test=grid-content]:visible")
    tables = panel.locator("[data-test-viz-type=table]:has(thead)").all()
    tiles = panel.locator("[data-test-viz-type=big_number_total]").all()
    beyond = [table.evaluate(TABLE_BEYOND_CHART) for table in tables] + [
        tile.evaluate(FIGURE_BEYOND_TILE) for tile in tiles
    ]
    assert beyond
    assert [pixels for pixels in beyond if pixels > 0] == []
    assert narrow.failures == []
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_the_page_says_what_is_missing_and_how_to_deliver_it(narrow: Dashboard) -> None:
    narrow.turn_to("Actions")
    prices, owners = narrow.rows("actions-known")
    assert prices[1].startswith("0 of ")
    assert owners[1].startswith("0 of ")
    for said, dataset in ((prices[2], "contract_lines"), (owners[2], "accounts")):
        assert f"landing/{dataset}/2026-03-01/export.csv" in said
        assert "docs/raw-contract.md" in said
    cell = narrow.chart("actions-known").locator("tbody td").nth(2)
    assert cell.evaluate("cell => cell.scrollWidth - cell.clientWidth") <= 0
    assert {row[0] for row in narrow.rows("actions-money")} == {"no price"}
    assert narrow.rows("actions-table")
    assert narrow.rows("actions-worklist")


def test_markup_in_a_name_is_text(narrow: Dashboard) -> None:
    """Superset takes attributes out of it, and shows what is left as it is written."""
    narrow.turn_to("Actions")
    assert narrow.rows("actions-table")[0][2].startswith("<img src")
    expect(narrow.chart("actions-table").locator("tbody img")).to_have_count(0)
    assert narrow.page.evaluate("window.hostile") is None


def test_a_forecast_that_was_worth_something_says_so(narrow: Dashboard, home: Path) -> None:
    publish(home, ["update marts_latest.forecast_skill set skill = 0.25"])
    narrow.open("Actions")
    assert {row[8] for row in narrow.rows("actions-risk")} == {"better than the base rate"}
    publish(home, ["update marts_latest.forecast_skill set skill = 0"])
    narrow.open("Actions")
    assert {row[8] for row in narrow.rows("actions-risk")} == {NO_BETTER}
