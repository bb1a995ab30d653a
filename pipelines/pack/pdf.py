"""A pack as PDF, by Typst: no browser, nothing from the system, text that can be searched and copied."""

import json
import unicodedata
from importlib.resources import files

from pipelines.pack.cells import ALIGNED_RIGHT, breakable, plain, shown
from pipelines.pack.contents import Contents, Table
from pipelines.pack.drawing import chart_svg
from pipelines.pack.wording import PRODUCT_NAMES, day

FONT = "Libertinus Serif"
"""Comes with Typst, as does a font for Arabic. Others than letters of these scripts need a font of the machine."""
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC")


def pdf(pack: Contents) -> bytes:
    """The document. Delivered text goes in as data, and is never read as Typst's markup.

    Raises:
        ModuleNotFoundError: Typst is not installed (the extra `pack`).
    """
    import typst

    template = files("pipelines.pack").joinpath("pack.typ").read_bytes()
    document = typst.Compiler(template).compile(format="pdf", sys_inputs={"pack": json.dumps(_data(pack))})
    if not isinstance(document, bytes):
        raise TypeError("Typst gave no document")
    return document


def uncovered(text: str) -> str:
    """The text's letters, each once, that only a font of the machine can show; without one they are boxes."""
    letters = dict.fromkeys(letter for letter in text if unicodedata.category(letter)[0] in "LS")
    names = ((letter, unicodedata.name(letter, "")) for letter in letters if letter > "\x7f")
    return "".join(letter for letter, name in names if not name.startswith(_SCRIPTS) and name.split(" ")[-1] != "SIGN")


def _data(pack: Contents) -> dict[str, object]:
    def text(given: object) -> str:
        return breakable(plain(given))

    return {
        "title": plain(pack.name),
        "name": text(pack.name),
        "subtitle": text(pack.subtitle),
        "footer": text(pack.name if len(pack.name) <= 60 else f"{pack.name[:60]}…"),
        "facts": [[name, text(value)] for name, value in pack.facts],
        "advice": [
            {
                "title": item.title,
                "due": f"by {day(item.due)}" if item.due else "",
                "about": text(f"{item.subscription} · {PRODUCT_NAMES.get(item.product, item.product)}"),
                "steps": [text(step) for step in item.steps],
            }
            for item in pack.advice
        ],
        "no_advice": pack.no_advice,
        "charts": [{"title": chart.title, "svg": chart_svg(chart, FONT), "alt": chart.title} for chart in pack.charts],
        "tables": [_table(table) for table in pack.tables],
        "notes": [text(note) for note in pack.notes],
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "title": table.title,
        "lead": table.lead,
        "empty": table.empty,
        "columns": [{"title": title, "right": kind in ALIGNED_RIGHT} for title, kind in table.columns],
        "rows": [
            [breakable(shown(value, kind)) for value, (_, kind) in zip(row, table.columns, strict=True)]
            for row in table.rows
        ],
    }
