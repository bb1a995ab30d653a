"""The page on Webex says how many requests a day takes: those of a portfolio as it describes one are counted."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .partner import Partner
from .small_webex import line

PAGE = Path(__file__).parents[4] / "docs" / "webex.md"


def documented() -> dict[int, list[int]]:
    """Requests by the number of organisations: for snapshots, for holders and meetings, for calls."""
    found = {}
    for row in re.findall(r"^\| ([\d,]+) \|(.+)\|$", PAGE.read_text(), re.MULTILINE):
        snapshots, others, _, calls, _ = row[1].split("|")
        found[int(row[0].replace(",", ""))] = [int(text.replace(",", "")) for text in (snapshots, others, calls)]
    return found


def test_the_page_s_requests_are_those_of_an_ordinary_day(tmp_path: Path) -> None:
    """The second day: the first one also reads the days before it."""
    pages = documented()
    assert list(pages) == [100, 1_000, 10_000]
    partner = Partner(tmp_path, cdr_per_minute=1_000_000)
    names = [f"org{number}" for number in range(100)]
    partner.webex.lines = {
        name: [line(name, "EE", 5, 1, f"S-{name}", site=f"{name}.webex.com"), line(name, "BCSTD", 5, 1, f"S-{name}")]
        for name in names
    }
    partner.webex.holders = {each["id"]: [name] for name in names for each in partner.webex.lines[name]}
    partner.webex.tags = {"a tag": []}
    for day in (10, 11):
        partner.now = datetime(2026, 3, day, 14, tzinfo=UTC)
        assert partner.problems() == {}
        asked = partner.webex.asked
        lists = ("/v1/people/me", "/v1/organizations", "/v1/partner/tags", "/v1/partner/tags/subscriptions")
        of_organisations = [path for path in asked if path == "/v1/licenses" or path.startswith("/v1/organizations/")]
        snapshots = sum(asked[path] for path in (*lists, *of_organisations))
        meetings = asked["/v1/meetingReports/usage"]
        holders = sum(count for path, count in asked.items() if path.startswith("/v1/licenses/"))
        calls = asked["/v1/cdr_feed"]
        assert snapshots + meetings + holders + calls == asked.total()
        if day == 10:
            assert meetings == 4 * 100  # as the page says of a first run
    assert [snapshots, holders + meetings, calls] == pages[100]
    assert {many: [2 * many + 4, 3 * many, 7 * many] for many in pages} == pages
    assert timedelta(seconds=(2 * 10_000 + 4 + 3 * 10_000) * 0.5 / 8) // timedelta(minutes=1) == 52
