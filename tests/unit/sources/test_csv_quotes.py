"""Quotes out of place, against Python's strict reader."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.csv_quotes import check_quotes
from sources.errors import UnreadableFileError


@settings(max_examples=500, deadline=None)
@given(st.text('"",\r\na', max_size=14), st.booleans())
@example('"', False)
@example('""', True)
@example('a"b,"c"', False)
@example('"a"b', False)
@example('"a""b"\r\n"', True)
def test_text_after_a_closing_quote(text: str, marked: bool) -> None:
    content = b"\xef\xbb\xbf" * marked + text.encode()
    if goes_on_after_a_quote(text):
        with pytest.raises(UnreadableFileError, match="text after a closing quote in line"):
            check_quotes(content)
    else:
        check_quotes(content)


def goes_on_after_a_quote(text: str) -> bool:
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return str(error) != "unexpected end of data"
    return False
