"""Code blocks of the pages about BI tools, found by page and heading."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
INDEX = DOCS / "bi-recipes.md"
PAGES = [INDEX, *sorted((DOCS / "bi").glob("*.md"))]
CODE = {"python", "sh", "sql", "r", "ini", "json", "text", "powerquery"}
NOT_RUN = "**Not run.**"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
Place = tuple[str, str]
"""A page's file name, and a heading on it."""


def sections() -> dict[Place, str]:
    """The text under each heading, all pages; what stands before the second heading is under the page's title."""
    found = {}
    for page in PAGES:
        for part in re.split(r"^#+ (?=\S)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            heading, _, body = part.partition("\n")
            found[page.name, heading] = body
    return found


def blocks(place: Place, language: str) -> list[str]:
    """The code blocks of a language under a heading; at least one."""
    found = [code for written, code in _FENCE.findall(sections()[place]) if written == language]
    assert found, f"no {language} block under {place}"
    return found


def places_with_code() -> set[Place]:
    """Where there is code that says nothing of not being run, neither the section nor its page."""
    found = sections()
    assert {language for body in found.values() for language, _ in _FENCE.findall(body)} <= CODE
    silent = {page for page, heading in found if NOT_RUN in found[page, heading] and is_title(page, heading)}
    return {
        place for place, body in found.items() if _FENCE.search(body) and NOT_RUN not in body and place[0] not in silent
    }


def is_title(page: str, heading: str) -> bool:
    """Whether a heading is its page's title."""
    path = next(path for path in PAGES if path.name == page)
    return path.read_text(encoding="utf-8").startswith(f"# {heading}\n")
