"""Cells of a pack's tables as text, for the formats that people read."""

import re
from typing import Any

from pipelines.pack.contents import Kind
from pipelines.pack.wording import NOTHING, count, day, percent

ALIGNED_RIGHT = frozenset({Kind.COUNT, Kind.PERCENT, Kind.MONEY})
_LONG_WORD = re.compile(r"\S{24,}")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def shown(value: Any, kind: Kind) -> str:
    """A cell's text; a dash where nothing is known."""
    if value is None:
        return NOTHING
    if kind is Kind.MONEY:
        return f"{value:,.2f}"
    if kind is Kind.DATE:
        return day(value)
    return {Kind.COUNT: count, Kind.PERCENT: percent}.get(kind, plain)(value)


def plain(value: object) -> str:
    """Delivered text on one line: what would be acted on or not be shown becomes `�`, as do marks of direction."""
    return _UNSHOWN.sub("\ufffd", str(value))


def breakable(text: str) -> str:
    """The text with places to break in words that no line would hold."""
    return _LONG_WORD.sub(lambda word: "\u200b".join(re.findall(".{1,8}", word[0])), text)
