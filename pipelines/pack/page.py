"""A pack as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere."""

from importlib.resources import files

from pipelines.pack.cells import ALIGNED_RIGHT, plain, shown
from pipelines.pack.contents import Contents, Kind
from pipelines.pack.drawing import chart_svg
from pipelines.pack.wording import PRODUCT_NAMES

FONT = "system-ui, sans-serif"
NAMES = "Subscription"
"""The column of delivered names and ids, which may be one long word."""


def page(pack: Contents) -> bytes:
    """The page in UTF-8; delivered text is escaped wherever it stands."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["plain"] = plain
    template = environment.from_string(files("pipelines.pack").joinpath("page.html.j2").read_text(encoding="utf-8"))
    # Charts hold no delivered text (drawing.py), and so are not escaped.
    charts = [(chart.title, Markup(chart_svg(chart, FONT))) for chart in pack.charts]  # noqa: S704
    text = template.render(pack=pack, charts=charts, look=_look, shown=shown, products=PRODUCT_NAMES)
    return text.encode("utf-8", "replace")


def _look(title: str, kind: Kind) -> str:
    """The class of a column: figures and dates stay on one line; names alone may break within a word."""
    if kind in ALIGNED_RIGHT:
        return "right"
    if kind is Kind.DATE:
        return "date"
    return "name" if title == NAMES else "text"
