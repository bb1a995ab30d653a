"""Texts that descriptions share: resolved as dbt does, used, and written once."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contracts.doc_blocks import DocBlockError, read_blocks, resolved
from contracts.marts import MODELS_FOLDER


def test_blocks_are_read_from_every_markdown_file(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "a.md").write_text(
        "Words.\n\n{% docs one %}\n1 | 2\n{% enddocs %}\n{%- docs two -%} two\nlines {%- enddocs -%}"
    )
    (tmp_path / "deeper" / "b.md").write_text("{% docs three %}3{% enddocs %}")
    assert read_blocks(tmp_path) == {"one": "1 | 2", "two": "two\nlines", "three": "3"}


def test_references_are_replaced_wherever_they_stand() -> None:
    blocks = {"one": "First\\1.", "two": "Second."}
    assert resolved("{{ doc('one') }}", blocks) == "First\\1."
    assert resolved('{{doc("one")}} And {{ doc("two") }}', blocks) == "First\\1. And Second."
    assert resolved("None of it, {{ documented }}.", blocks) == "None of it, {{ documented }}."


def test_a_block_that_is_not_there_is_named() -> None:
    with pytest.raises(DocBlockError, match="no doc block is called 'three'"):
        resolved("{{ doc('three') }}", {"one": "1"})


def column_descriptions() -> Iterator[str]:
    """The descriptions of all models' and sources' columns, as they are written."""
    for path in MODELS_FOLDER.rglob("*.yml"):
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        tables = [*(declared.get("models") or ()), *(t for s in declared.get("sources") or () for t in s["tables"])]
        for table in tables:
            yield from (column["description"] for column in table.get("columns", ()))


def test_no_sentence_stands_at_three_columns() -> None:
    repeated = {text for text, times in Counter(column_descriptions()).items() if times > 2 and "doc(" not in text}
    assert not repeated, f"make a doc block of it in {MODELS_FOLDER / 'columns.md'}"


def test_every_block_is_used() -> None:
    named = {name for text in column_descriptions() for name in re.findall(r"doc\('(\w+)'\)", text)}
    assert named == read_blocks(MODELS_FOLDER).keys()
