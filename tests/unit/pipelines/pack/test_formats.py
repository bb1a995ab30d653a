"""Each format holds what the contents say, and reads nothing that was delivered as its own language."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from html import escape
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pipelines.pack.cells import breakable, plain
from pipelines.pack.contents import Chart, Contents, contents
from pipelines.pack.drawing import chart_svg
from pipelines.pack.figures import read_figures
from pipelines.pack.page import page
from pipelines.pack.pdf import pdf
from pipelines.pack.workbook import workbook

from .published import CUSTOMER, DAY, HOSTILE, before, insert, marts, others, overview, position

LONG = "Donaudampfschifffahrtsgesellschaft" * 6
SHOWN = HOSTILE.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd").replace("\x1b", "\ufffd")


@pytest.fixture(scope="module")
def pack() -> Contents:
    """Forty subscriptions with hostile labels, one of them long, and an action for the first."""
    with marts() as published:
        overview(published.connection, segment=LONG)
        before(published.connection, 20)
        for number in range(40):
            label = LONG if number == 7 else f"=1+{number} <u>{number}</u>"
            position(published.connection, f"s{number:02}", subscription_label=label)
        others(published.connection, 11)
        insert(
            published.connection, "next_actions", customer_id="c1", product="meetings", subscription_id="s00",
            subscription_label="=1+0 <u>0</u>", action="raise_assignment", priority=6,
        )  # fmt: skip
        figures = read_figures(published, CUSTOMER, DAY)
        assert figures is not None
        return contents(figures, 10)


class Texts(HTMLParser):
    """The texts and tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_escapes_what_was_delivered_and_needs_nothing_else(pack: Contents) -> None:
    text = page(pack).decode()
    parser = Texts()
    parser.feed(text)
    assert SHOWN in parser.texts
    assert "=1+3 <u>3</u>" in parser.texts
    assert not {"script", "link", "img", "b1", "u", "i", "iframe"} & parser.tags
    assert not re.search(r"(href|src|url\()", text)
    assert "Hand out 10 licences that nobody holds" in text
    assert text.count("<svg") == 1


def test_a_workbook_has_typed_cells_native_charts_and_no_formula(pack: Contents) -> None:
    content = workbook(pack)
    sheets = CalamineWorkbook.from_filelike(BytesIO(content))
    assert sheets.sheet_names == [
        "Overview", "Meetings licences", "Subscriptions", "Adoption beside others", "Dates", "Risk of exceeding",
    ]  # fmt: skip
    subscriptions = sheets.get_sheet_by_name("Subscriptions").to_python()
    assert subscriptions[4][:6] == ["=1+3 <u>3</u>", "Meetings", date(2026, 5, 31), "if ordered", 40.0, 30.0]
    assert subscriptions[4][8:10] == [4800.0, "EUR"]
    assert sheets.get_sheet_by_name("Overview").to_python()[0][0] == SHOWN
    days = sheets.get_sheet_by_name("Meetings licences").to_python()
    assert days[21] == [DAY, 1600.0, 1200.0, 800.0]
    with zipfile.ZipFile(BytesIO(content)) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/")]
        cells = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(charts) == 1
    assert cells and not any(b"<f>" in cell or b"<f " in cell for cell in cells)


@pytest.mark.parametrize("currency", ["EUR", 'E"; [Red]'])
def test_head_figures_of_a_workbook_are_typed_where_they_are_one_number_or_date(currency: str) -> None:
    with marts() as published:
        overview(published.connection, subscriptions=8, total_licenses=7600, value_12m=15684.72, currency=currency)
        position(published.connection)
        figures = read_figures(published, CUSTOMER, DAY)
        assert figures is not None
        content = workbook(contents(figures, 10))
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Overview").to_python()
    is_code = currency == "EUR"
    assert [row[:2] for row in rows[3:9]] == [
        ["Subscriptions", 8.0], ["Licences purchased", 7600.0], ["Assigned", "30 (75%)"],
        ["Used in 7 days", "20 (50%)"], ["Value of 12 months", 15684.72 if is_code else f"15,684.72 {currency}"],
        ["Next end", date(2026, 5, 31)],
    ]  # fmt: skip
    with zipfile.ZipFile(BytesIO(content)) as parts:
        styles = parts.read("xl/styles.xml").decode()
    assert ("#,##0.00 &quot;EUR&quot;" in styles) is is_code
    assert "[Red]" not in styles


def test_dates_and_figures_of_a_page_stay_on_one_line_and_names_alone_break(pack: Contents) -> None:
    text = page(pack).decode()
    (style,) = re.findall("<style>(.*?)</style>", text, flags=re.DOTALL)
    assert re.findall(r"([^{}\n]*?) \{[^{}]*overflow-wrap: anywhere", style) == [" .name"]
    assert "td.right, td.date { white-space: nowrap; }" in style
    cells = re.findall(r'<td class="(\w+)">([^<]*)</td>', text)
    assert {look for look, said in cells if re.fullmatch(r"\d{4}-\d\d-\d\d", said)} == {"date"}
    assert {look for look, said in cells if re.fullmatch(r"[\d,.]+%?", said)} == {"right"}
    assert {look for look, said in cells if said.startswith(("=1+", LONG))} == {"name"}
    assert {said for look, said in cells if look == "name"} == {escape(str(row[0])) for row in pack.tables[0].rows}


def test_a_pdf_s_text_can_be_copied_and_nothing_in_it_was_markup(pack: Contents) -> None:
    document = pypdfium2.PdfDocument(pdf(pack))
    text = " ".join(found.get_textpage().get_text_range() for found in document)
    flat = re.sub(r"[\s\ufffe\u200b]+", "", text)
    for wanted in ('<b>Acme</b> #eval("1") *x* $y$ =cmd', "{{ 7 * 7 }}", "=1+39 <u>39</u>", "4,800.00", LONG):
        assert re.sub(r"\s", "", wanted) in flat
    assert "Hand out 10 licences that nobody holds" in text
    assert text.count("30 assigned") == 1
    assert document.get_metadata_dict()["Title"] == SHOWN
    assert 2 < len(document) < 8


@given(st.text())
def test_what_would_act_is_not_there_and_breaks_are_all_that_is_added(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert not re.search("[\x00-\x1f\u202a-\u202e\u2066-\u2069]", shown)
    assert breakable(shown).replace("\u200b", "") == shown.replace("\u200b", "")
    assert max((len(word) for word in re.split(r"[\s\u200b]", breakable(shown))), default=0) < 24


def charts() -> st.SearchStrategy[Chart]:
    def made(first: date, offsets: set[int], values: list[int | None]) -> Chart:
        days = [first + timedelta(days=offset) for offset in sorted(offsets)]
        line = [values[number % len(values)] for number in range(len(days))]
        lines = dict.fromkeys(("Purchased", "Assigned", "Used in 7 days"), line)
        return Chart("Meetings licences", days, lines, days[0], days[-1])

    counts = st.none() | st.integers(0, 2**63 - 1)
    return st.builds(
        made,
        st.dates(date(2018, 1, 1), date(2090, 1, 1)),
        st.sets(st.integers(0, 365), min_size=1, max_size=30),
        st.lists(counts, min_size=1, max_size=9),
    )


@given(charts())
def test_a_chart_is_well_formed_and_stays_within_its_frame(chart: Chart) -> None:
    drawing = ElementTree.fromstring(chart_svg(chart, "serif"))  # noqa: S314  our own
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    for x, y in points(drawing):
        assert 0 <= x <= width
        assert 0 <= y <= height
    known = sum(value is not None for line in chart.lines.values() for value in line)
    assert sum(1 for _ in points(drawing)) == known


def points(drawing: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """The points of all lines, and the dots of days that stand alone."""
    for part in drawing:
        if part.tag.endswith("polyline"):
            for pair in part.attrib["points"].split():
                x, y = pair.split(",")
                yield float(x), float(y)
        elif part.tag.endswith("circle"):
            yield float(part.attrib["cx"]), float(part.attrib["cy"])
