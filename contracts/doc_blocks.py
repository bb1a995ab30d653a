"""dbt's doc blocks: a text that several descriptions share, written once and named by `{{ doc('name') }}`."""

import re
from collections.abc import Mapping
from pathlib import Path

_BLOCK = re.compile(r"\{%-?\s*docs (?P<name>\w+)\s*-?%\}(?P<text>.*?)\{%-?\s*enddocs\s*-?%\}", re.DOTALL)
_REFERENCE = re.compile(r"\{\{\s*doc\((?P<quote>['\"])(?P<name>\w+)(?P=quote)\)\s*\}\}")


class DocBlockError(Exception):
    """A description names a block that no file has: one line naming it."""


def read_blocks(folder: Path) -> dict[str, str]:
    """The text of each block in the Markdown files below a folder, by name."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.md"))]
    return {match["name"]: match["text"].strip() for text in texts for match in _BLOCK.finditer(text)}


def resolved(description: str, blocks: Mapping[str, str]) -> str:
    """A description with each reference replaced by its block's text.

    Raises:
        DocBlockError: there is no such block.
    """

    def text_of(match: re.Match[str]) -> str:
        if match["name"] not in blocks:
            raise DocBlockError(f"no doc block is called {match['name']!r}")
        return blocks[match["name"]]

    return _REFERENCE.sub(text_of, description)
