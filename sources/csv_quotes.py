"""Whether the quotes of a CSV file stand where RFC 4180 has them.

Parsers forgive text after a closing quote, and that is costly: a stray quote swallows the records up to the next one,
and they would be missing without a trace.
"""

import csv
import io

import numpy as np

from sources.errors import UnreadableFileError

_BOM = b"\xef\xbb\xbf"
_QUOTE = ord('"')
_AROUND_FIELDS = np.frombuffer(b',\r\n"', np.uint8)  # a quote beside a quote is a doubled one


def check_quotes(content: bytes) -> None:
    """Raise `UnreadableFileError` where a quoted field goes on after its closing quote; the bytes are UTF-8.

    A quote within an unquoted field is text, and a file that ends within a quoted field is left to others.
    """
    if b'"' not in content or _all_in_place(content):
        return
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        if "expected after" in str(error):
            raise UnreadableFileError(
                f"has text after a closing quote in line {reader.line_num}: a quote is missing, or is not doubled"
            ) from error


def _all_in_place(content: bytes) -> bool:
    """Whether the quotes open and close in turn, at the edges of fields: quick, and true of nearly every file."""
    letters = np.frombuffer(content.removeprefix(_BOM), np.uint8)
    quotes = np.flatnonzero(letters == _QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing):
        return False
    before = letters[opening[opening > 0] - 1]
    after = letters[closing[closing < len(letters) - 1] + 1]
    return bool(np.isin(before, _AROUND_FIELDS).all() and np.isin(after, _AROUND_FIELDS).all())
