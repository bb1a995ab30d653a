"""The documentation's tables that repeat a declaration: the raw contract's columns, and the marts' columns.

`python -m contracts.documentation` rewrites them in docs/, each between `<!-- begin NAME -->` and
`<!-- end NAME -->`.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.marts import Mart, MartColumn, by_section, read_marts
from expectations.contract import CONTROL_TOTALS, DATASETS, Column, Dataset

ROOT = Path(__file__).resolve().parent.parent
RAW_CONTRACT_PAGE = ROOT / "docs" / "raw-contract.md"
MARTS_PAGE = ROOT / "docs" / "marts.md"

_BLOCK = re.compile(r"<!-- begin (?P<name>\w+) -->\n.*?<!-- end (?P=name) -->", re.DOTALL)
_DBT_TYPES = {"string": "text"}


class DocumentationError(Exception):
    """A page's markers are not those of the blocks to fill in: one line naming them."""


def dataset_block(dataset: Dataset) -> str:
    """A dataset's columns as a Markdown table, and its key."""
    rows = [
        (f"`{column.name}`", column.type.name.lower(), "yes" if column.nullable else "no", _meaning(column))
        for column in dataset.columns
    ]
    return f"{dataset.grain}.\n\n{_table(rows)}\nKey: {', '.join(f'`{name}`' for name in dataset.key)}.\n"


def section_block(marts: Sequence[Mart]) -> str:
    """The marts of one section: a heading, the description and a Markdown table of the columns for each."""
    return "\n".join(
        f"### {mart.name}\n\n{mart.description}\n\n{_table([_mart_row(column) for column in mart.columns])}"
        for mart in marts
    )


def fill(page: str, blocks: Mapping[str, str]) -> str:
    """The page with each block's text between its markers.

    Raises:
        DocumentationError: a block has no markers in the page, or markers have no block.
    """
    marked = [match["name"] for match in _BLOCK.finditer(page)]
    if sorted(marked) != sorted(blocks):
        raise DocumentationError(f"the page has markers for {sorted(marked)}, the blocks are {sorted(blocks)}")
    return _BLOCK.sub(lambda match: _marked(match["name"], blocks[match["name"]]), page)


def generated_pages() -> dict[Path, str]:
    """What the pages that hold generated tables should be, by path."""
    raw = {dataset.name: dataset_block(dataset) for dataset in (*DATASETS.values(), CONTROL_TOTALS)}
    marts = {section: section_block(found) for section, found in by_section(read_marts()).items()}
    return {
        page: fill(page.read_text(encoding="utf-8"), blocks)
        for page, blocks in ((RAW_CONTRACT_PAGE, raw), (MARTS_PAGE, marts))
    }


def main() -> None:
    """Rewrite the pages in place; they are in a checkout alone, no part of an installed package."""
    if not RAW_CONTRACT_PAGE.exists():
        sys.exit(f"{RAW_CONTRACT_PAGE} is missing: the pages are rewritten in a checkout")
    for page, text in generated_pages().items():
        page.write_text(text, encoding="utf-8")


def _meaning(column: Column) -> str:
    parts = [column.meaning]
    if column.allowed:
        parts.append(f"one of {', '.join(f'`{value}`' for value in column.allowed)}")
    if column.maximum is not None:
        parts.append(f"{column.minimum} … {column.maximum}")
    elif column.minimum is not None:
        parts.append(f"{column.minimum} or more")
    return "; ".join(parts)


def _mart_row(column: MartColumn) -> tuple[str, str, str, str]:
    kind = _DBT_TYPES.get(column.type, column.type)
    return f"`{column.name}`", kind, "yes" if column.nullable else "no", column.description


def _table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    lines = ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _marked(name: str, text: str) -> str:
    return f"<!-- begin {name} -->\n\n{text}\n<!-- end {name} -->"


if __name__ == "__main__":
    main()
