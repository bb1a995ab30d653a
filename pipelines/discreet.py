"""What may leave the home folder of a message: one line, without what may be a value of the data."""

import re

from expectations.wording import one_line

_LONGEST = 400
_ADDRESS = re.compile(r"\b(\w+)://\S+")
_QUOTED = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*\"""")


def discreet(text: str) -> str:
    """One line of limited length, without what is quoted (tools quote values, such as names) and without addresses."""
    line = one_line("".join(letter if letter.isprintable() else " " for letter in text))
    line = _QUOTED.sub("'…'", _ADDRESS.sub(r"\1://…", line))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
