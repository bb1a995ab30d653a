"""Texts for people: none longer than a line or two, and many that say the same said once."""

import re
from collections.abc import Iterable

LONGEST_CAUSE = 400
"""Characters of what is said of one file or value."""
LONGEST_LINE = 1_200
"""Characters of a line that names several."""
LONGEST_VALUE = 60
LONGEST_NAME = 120
"""Characters of a column's or a file's name."""
MOST_ALIKE = 10
"""Up to so many texts that differ in figures, dates and names of files alone are said one by one."""

_FIGURE = re.compile(r"[\w-]*\d[\w-]*")


def one_line(said: object) -> str:
    """What is said with its line breaks and runs of spaces as single spaces; nothing for None."""
    return " ".join(str(said or "").split())


def visible(text: str) -> str:
    """The text with `�` for each character that a terminal would act on, or not show."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def shortened(text: str, longest: int = LONGEST_CAUSE) -> str:
    """The text, cut where it is longer than a number of characters; an ellipsis shows that."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def kind_of(text: str) -> str:
    """The text without its figures and dates: equal for texts that say the same of other days or files."""
    return _FIGURE.sub("0", text)


def alike(texts: Iterable[str]) -> list[list[str]]:
    """The texts in groups of one kind, in order of each group's first; a group of few is taken apart."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(kind_of(text), []).append(text)
    return [
        part for group in groups.values() for part in ([group] if len(group) > MOST_ALIKE else [[t] for t in group])
    ]


def said_once(lines: Iterable[str]) -> list[str]:
    """The lines, many of one kind as the first of them and how many more there are."""
    return [group[0] if len(group) == 1 else f"{group[0]} (and {len(group) - 1:,} alike)" for group in alike(lines)]
