"""The dashboard as a page that a test drives: filters, tiles, tables, and what the charts were sent."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Locator, Page, Request, Response, expect

# Resolves once what is drawn has stayed the same over twenty frames: bars grow into place frame by frame, and on a busy
# machine frames come late.
STILL = """
() => new Promise(resolve => {
  const drawn = () => [...document.querySelectorAll('canvas')].map(canvas => canvas.toDataURL()).join();
  let [before, same, frame] = [drawn(), 0, 0];
  const look = () => {
    frame += 1;
    if (frame % 5 === 0) {
      const now = drawn();
      same = now === before ? same + 1 : 0;
      before = now;
    }
    if (same < 4) requestAnimationFrame(look); else resolve();
  };
  requestAnimationFrame(look);
})
"""
PATIENCE = 600_000  # milliseconds that a loaded machine may take for all charts


class Dashboard:
    """One page in the browser; charts go by their place in the layout, such as `expiring-table`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.failures: list[str] = []
        self.left_the_machine: list[str] = []
        self._answers: dict[str, Any] = {}
        page.set_default_timeout(PATIENCE)
        page.on("response", self._note_response)
        page.on("requestfinished", self._note_request)

    def log_in(self, user: str, password: str) -> None:
        """Through the login page, as a person does."""
        self.page.goto(f"{self.address}/login/")
        self.page.fill("#username", user)
        self.page.fill("#password", password)
        self.page.press("#password", "Enter")
        self.page.wait_for_url("**/welcome/**")

    def open(self, page: str = "") -> None:
        """Load the dashboard anew, with its first page or another, and wait until every chart of that is drawn."""
        self.page.goto("about:blank")  # else another fragment of the same address loads nothing
        self.page.goto(f"{self.address}/superset/dashboard/portfolio/{f'#TAB-{page.lower()}' if page else ''}")
        expect(self.page.locator("[data-test=dashboard-markdown-editor]").first).to_be_visible(timeout=PATIENCE)
        self.wait()

    def turn_to(self, page: str) -> None:
        """Choose one of the dashboard's pages, and wait until its charts are drawn."""
        tab = self.page.locator(".ant-tabs-tab").filter(has_text=page)
        tab.click()
        expect(tab).to_have_class(re.compile("ant-tabs-tab-active"))
        own = self.page.locator("[data-test=dashboard-component-chart-holder]").filter(
            has=self.page.locator(f"[id^=CHART-{page.lower()}-]")
        )
        expect(own.first).to_be_visible(timeout=PATIENCE)
        self.wait()

    def wait(self) -> None:
        """Until no chart is loading and each has drawn something, or says that there is nothing."""
        drawn = ".superset-legacy-chart-big-number, .superset-chart-table, canvas, .ant-empty"
        charts = self.page.locator("[data-test=chart-container]")
        expect(self.page.locator("[data-test=chart-container] .loading")).to_have_count(0, timeout=PATIENCE)
        expect(charts.filter(has_not=self.page.locator(drawn))).to_have_count(0, timeout=PATIENCE)
        self.page.wait_for_load_state("networkidle")

    def wait_until_still(self) -> None:
        """Until the bars have grown into place."""
        self.page.evaluate(STILL)

    def chart(self, place: str) -> Locator:
        """The box of a chart."""
        return self.page.locator("[data-test=dashboard-component-chart-holder]").filter(
            has=self.page.locator(f"#CHART-{place}")
        )

    def figure(self, place: str) -> Locator:
        """The large figure of a tile."""
        return self.chart(place).locator(".header-line")

    def rows(self, place: str) -> list[list[str]]:
        """The texts of a table's visible page."""
        body = self.chart(place).locator("tbody tr:visible")  # a table that was hidden has its rows twice
        return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in body.all()]

    def data(self, place: str) -> list[dict[str, Any]]:
        """The rows that the server last sent for a chart."""
        number = self.chart(place).locator("[data-test-chart-id]").get_attribute("data-test-chart-id")
        return list(self._answers[str(number)]["result"][0]["data"])

    def choose(self, filter_name: str, option: str) -> None:
        """Choose an option of a filter, apply it, and wait for the charts."""
        self.page.locator(f".ant-select[data-test=NATIVE_FILTER-{filter_name}]").click()
        self.page.keyboard.type(option)  # of many, the list holds those in sight
        self.page.locator(f".ant-select-item-option[title={json.dumps(option, ensure_ascii=False)}]").click()
        self.page.get_by_role("button", name="Apply").click()
        self.page.wait_for_load_state("networkidle")
        self.wait()

    def screenshot(self, path: Path) -> None:
        """The whole page."""
        self.page.mouse.move(0, 0)
        self.wait_until_still()
        bottom = self.page.locator("[data-test=grid-content]:visible").bounding_box()
        assert bottom is not None
        height = bottom["y"] + bottom["height"] + 16
        self.page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1600, "height": height})

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")
        elif "/api/v1/chart/data" in response.url:
            form = json.loads(parse_qs(urlparse(response.url).query).get("form_data", ["{}"])[0])
            self._answers[str(form.get("slice_id"))] = response.json()

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.left_the_machine.append(request.url)
