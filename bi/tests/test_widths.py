"""Nothing is cut on a narrow page; and names of any length leave room for bars and rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bi.tests.conftest import ARTIFACTS, PASSWORD
from bi.tests.dashboard import Dashboard
from bi.tests.measuring import FIGURE_BEYOND_TILE, TABLE_BEYOND_CHART
from bi.tests.published import HEAD_TILES, PRODUCT_TILES, TABLES, publish, query

BARS = {
    "added-bars": "recently_added_subscriptions",
    "expiring-bars": "expiring_subscriptions",
    "renewing-bars": "renewing_subscriptions",
    "low-bars": "low_assignment_subscriptions",
    "overage-bars": "overage_subscriptions",
}
# By the row's number: names and ids that are long, wide, without a place to break, and alike where they are cut.
LONG_NAMES = """
case number % 5
    when 0 then repeat('W', 60)
    when 1 then repeat('Very long name of a customer ', 104)
    when 2 then repeat('会社名', 30)
    when 3 then repeat('x', 3000)
    else customer_name
end
"""
LONG_IDS = (
    "case when number % 3 = 0 then 'Sub-' || repeat('0', 3000) || '-' || number || '-00000000' else subscription_id end"
)

# The share of a chart's width that its bars span, by their colours; the legend above them is left out.
BARS_SPAN = """
(chart) => {
  const canvas = chart.querySelector('canvas');
  const {width, height} = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const colours = [[30, 142, 90], [242, 184, 75], [195, 202, 213], [214, 69, 69]];
  let [left, right] = [width, 0];
  for (let y = Math.floor(0.14 * height); y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (colours.some(colour => colour.every((part, i) => Math.abs(part - pixels[at + i]) < 8))) {
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
    }
  }
  return (right - left) / width;
}
"""


@pytest.fixture(scope="module", params=["as delivered", "long"])
def names(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The demo's names, or long ones; what was published is put back."""
    published = home / "serving" / "portfolio.duckdb"
    first = published.read_bytes()
    if request.param == "long":
        publish(home, [lengthened(mart) for mart in BARS.values()])
    yield request.param
    published.write_bytes(first)


def lengthened(mart: str) -> str:
    numbered = f"select *, row_number() over (order by subscription_id, product) as number from marts_latest.{mart}"
    replaced = f"{LONG_NAMES} as customer_name, {LONG_IDS} as subscription_id, {LONG_IDS} as subscription_label"
    rows = f"select * exclude (number) replace ({replaced}) from ({numbered})"
    return f"create or replace table marts_latest.{mart} as {rows}"


@pytest.fixture(scope="module", params=[1280, 1600])
def page(request: pytest.FixtureRequest, browser: Browser, address: str, names: str) -> Iterator[Dashboard]:
    opened: Page = browser.new_page(viewport={"width": request.param, "height": 4300})
    dashboard = Dashboard(opened, address)
    dashboard.log_in("admin", PASSWORD)
    dashboard.open()
    dashboard.wait_until_still()
    opened.screenshot(path=ARTIFACTS / f"dashboard-{request.param}-{names.split()[0]}.png")
    yield dashboard
    opened.close()


def test_figures_of_tiles_are_whole(page: Dashboard) -> None:
    beyond = {
        place: page.chart(place).evaluate(FIGURE_BEYOND_TILE)
        for place in ("portfolio-data-as-of", *HEAD_TILES, *PRODUCT_TILES)
    }
    assert {place: pixels for place, pixels in beyond.items() if pixels > 0} == {}


def test_every_column_of_a_table_is_seen(page: Dashboard) -> None:
    beyond = {place: page.chart(place).evaluate(TABLE_BEYOND_CHART) for place in (*TABLES, "publication", "feeds")}
    assert {place: pixels for place, pixels in beyond.items() if pixels > 0} == {}


def test_rows_stay_low(page: Dashboard) -> None:
    for place in TABLES:
        heights = [row.bounding_box() for row in page.chart(place).locator("tbody tr").all()]
        assert heights, place
        assert all(box is not None and 10 < box["height"] < 60 for box in heights), place


def test_bars_have_room(page: Dashboard) -> None:
    span = {place: page.chart(place).evaluate(BARS_SPAN) for place in BARS}
    assert {place: share for place, share in span.items() if share < 0.1} == {}


def test_each_subscription_has_a_bar_of_its_own(page: Dashboard, home: Path) -> None:
    for place, mart in BARS.items():
        ((rows,),) = query(home, f"select count(*) from marts_latest.{mart} where product = 'meetings'")
        assert len(page.data(place)) == min(rows, 15), place
