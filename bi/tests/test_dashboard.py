"""The dashboard shows what the published marts hold, for either product, without a single failed chart."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, expect

from bi.tests.conftest import ARTIFACTS
from bi.tests.dashboard import PATIENCE, Dashboard
from bi.tests.published import HEAD_TILES, PRODUCT_TILES, PRODUCTS, SECTION_BARS, TABLES, first_rows, query, tile


@pytest.fixture(scope="module", params=["Meetings", "Calling"])
def shown(dashboard: Dashboard, request: pytest.FixtureRequest) -> str:
    """The product that the toggle shows; the dashboard opens with Meetings."""
    product = str(request.param)
    if product != "Meetings":
        dashboard.choose("product", product)
    return product


def test_tiles(dashboard: Dashboard, home: Path, shown: str) -> None:
    expected = {place: tile(home, *what, None) for place, what in HEAD_TILES.items()}
    expected |= {place: tile(home, *what, PRODUCTS[shown]) for place, what in PRODUCT_TILES.items()}
    for place, figure in expected.items():
        expect(dashboard.figure(place), place).to_have_text(figure, timeout=PATIENCE)


def test_the_toggle_matters(home: Path) -> None:
    differing = [
        place for place, what in PRODUCT_TILES.items() if tile(home, *what, "meetings") != tile(home, *what, "calling")
    ]
    assert len(differing) >= len(PRODUCT_TILES) - 2


def test_data_as_of(dashboard: Dashboard, home: Path) -> None:
    ((newest,),) = query(home, "select last_as_of_date from meta.publication")
    assert isinstance(newest, date)
    expect(dashboard.figure("portfolio-data-as-of")).to_have_text(f"{newest.day} {newest:%b %Y}", timeout=PATIENCE)


@pytest.mark.parametrize("place", TABLES)
def test_tables(dashboard: Dashboard, home: Path, shown: str, place: str) -> None:
    expected = first_rows(home, place, PRODUCTS[shown])
    assert expected
    assert [row[:4] for row in dashboard.rows(place)] == expected


@pytest.mark.parametrize("place", SECTION_BARS)
def test_bars_draw_each_subscription_once(dashboard: Dashboard, home: Path, shown: str, place: str) -> None:
    rows = query(
        home,
        "select used_licenses, assigned_licenses, assigned_unused_licenses, available_licenses"
        f" from marts_latest.{SECTION_BARS[place]} where product = ? order by available_licenses desc limit 15",
        [PRODUCTS[shown]],
    )
    bars = dashboard.data(place)
    available = [row[3] for row in rows]
    assert sorted((bar["Available licences"] for bar in bars), reverse=True) == available
    if len(rows) < 15:  # beyond, which of equals are drawn is open
        drawn = sorted((bar["Used licences"], bar["Unused but assigned"], bar["Available licences"]) for bar in bars)
        assert drawn == sorted((min(used, assigned), unused, free) for used, assigned, unused, free in rows)


def test_bars_over_the_limit_add_up_to_the_assigned(dashboard: Dashboard, home: Path, shown: str) -> None:
    rows = query(
        home,
        "select assigned_licenses, overage_licenses from marts_latest.overage_subscriptions"
        " where product = ? order by overage_licenses desc limit 15",
        [PRODUCTS[shown]],
    )
    parts = ("Used within limit", "Unused within limit", "Over the limit")
    bars = sorted((sum(bar[part] for part in parts), bar["Over the limit"]) for bar in dashboard.data("overage-bars"))
    assert bars == sorted(rows)


def test_trend(dashboard: Dashboard, home: Path, shown: str) -> None:
    expected = query(
        home,
        "select used_licenses, assigned_unused_licenses, available_licenses from marts.license_distribution_trend"
        " where product = ? order by as_of_date",
        [PRODUCTS[shown]],
    )
    days = sorted(dashboard.data("licences-trend"), key=lambda day: day["as_of_date"])
    assert [(day["Used licences"], day["Unused but assigned"], day["Available licences"]) for day in days] == expected


def test_bars_say_more_under_the_pointer(dashboard: Dashboard) -> None:
    box = _box(dashboard, "expiring-bars")
    right_of_the_names = box["x"] + 0.8 * box["width"]
    dashboard.page.mouse.move(right_of_the_names - 10, box["y"] + 240)
    dashboard.page.mouse.move(right_of_the_names, box["y"] + 250, steps=5)
    tooltip = dashboard.page.locator(".echarts-tooltip", has_text="Total")
    expect(tooltip).to_contain_text("100.00%")
    name, *said = tooltip.inner_text().splitlines()
    [bar] = [row for row in dashboard.data("expiring-bars") if row["bar_label"] == name]
    parts = {part: bar[part] for part in ("Used licences", "Unused but assigned", "Available licences")}
    figures = {part: figure for part, figure, _ in (line.split("\t") for line in said)}
    shown = {part: value for part, value in parts.items() if value}  # nothing is said of none
    assert figures == {part: f"{value:,.0f}" for part, value in (shown | {"Total": sum(shown.values())}).items()}
    dashboard.page.screenshot(path=ARTIFACTS / "hover.png", clip=box)


def test_nothing_failed(dashboard: Dashboard, shown: str) -> None:
    dashboard.screenshot(ARTIFACTS / f"dashboard-{shown.lower()}.png")
    assert dashboard.failures == []
    expect(dashboard.page.get_by_role("alert")).to_have_count(0)
    expect(dashboard.page.get_by_text("error", exact=False)).to_have_count(0)


def test_nothing_left_the_machine(dashboard: Dashboard) -> None:
    assert dashboard.left_the_machine == []


def _box(dashboard: Dashboard, place: str) -> FloatRect:
    box = dashboard.chart(place).bounding_box()
    assert box is not None
    return box
