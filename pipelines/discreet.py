"""What may leave the home folder of a message: one line, without what may be a value of the data."""

import re

from expectations.wording import one_line

_LONGEST = 400
_ADDRESS = re.compile(r"\b(\w+)://\S+")
_QUOTED = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*\"""")
_ESCAPED = re.compile(r"(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)")
"""As Python quotes a text that has both kinds of quotes in it."""


def discreet(text: str) -> str:
    """One line of limited length, without what is quoted (tools quote values, such as names) and without addresses."""
    line = _withheld(one_line("".join(letter if letter.isprintable() else " " for letter in text)))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _withheld(line: str) -> str:
    """The line without what any pattern finds: an address may end in a quote, and a quote may hold an address."""
    found = [(match.start(), -match.end(), f"{match[1]}://…") for match in _ADDRESS.finditer(line)]
    masked = _ADDRESS.sub(lambda match: "…" * len(match[0]), line)
    quotes = [match for text in (line, masked) for kind in (_QUOTED, _ESCAPED) for match in kind.finditer(text)]
    found += [(match.start(), -match.end(), "'…'") for match in quotes]
    parts, at = [], 0
    for start, end, instead in sorted(found):
        if start >= at:
            parts += [line[at:start], instead]
        at = max(at, -end)
    return "".join([*parts, line[at:]])
