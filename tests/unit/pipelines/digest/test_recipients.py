"""The file of recipients: what counts as a line, what is wrong with one, and that no address is repeated."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.base_settings import SettingsError
from pipelines.digest.recipients import read_recipients


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "who.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_recipients(path)

    return read


def lines(found):
    return [(one.line, one.owner, one.email, one.partner) for one in found.recipients]


@pytest.mark.parametrize("header", ["owner,email\n", "\ufeffOwner, Email\n", ""])
def test_lines_of_owner_and_address_with_headers_or_without(read, header):
    found = read(header + 'Ann,ann@example.test\n\n ,boss@example.test\n"Ben, the other", ben@example.test \n')
    first = 1 if header else 0
    assert lines(found) == [
        (first + 1, "Ann", "ann@example.test", ""),
        (first + 3, "", "boss@example.test", ""),
        (first + 4, "Ben, the other", "ben@example.test", ""),
    ]
    assert found.problems == []


def test_a_third_column_names_the_partner_and_columns_may_stand_in_any_order(read):
    assert lines(read("partner,email,owner\nacme,ann@example.test,Ann\n")) == [(2, "Ann", "ann@example.test", "acme")]
    assert lines(read("Ann,ann@example.test,acme\n,boss@example.test\n")) == [
        (1, "Ann", "ann@example.test", "acme"),
        (2, "", "boss@example.test", ""),
    ]


def test_several_lines_of_an_owner_are_several_recipients_and_the_same_line_twice_is_one(read):
    found = read("owner,email\nAnn,a@example.test\nAnn,b@example.test\nAnn,A@Example.test\nBen,a@example.test\n")
    assert [one.line for one in found.recipients] == [2, 3, 5]
    assert len({one.key for one in found.recipients}) == 3


def test_wrong_lines_are_named_by_number_without_what_stands_there(read):
    found = read(
        'owner,email\nAnn\nBen,ben at example\nCid,"cid@example.test\nBcc: x@example.test"\nDot,d@example.test,acme\n'
    )
    assert found.recipients == []
    assert found.problems == [
        "who.csv line 2: has 1 values; expected are owner, email",
        "who.csv line 3: email must be a mail address in ASCII, such as name@example.com",
        "who.csv line 4: email must be a mail address in ASCII, such as name@example.com",
        "who.csv line 6: has 3 values; expected are owner, email",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"owner,email\nAnn,\xff\n", "is not UTF-8"),
        ('owner,email\n"Ann,a@example.test\n', "is no CSV"),
        ("owner,email,phone\n", "has a column 'phone'; its columns are owner, email and partner"),
        ("email,partner\n", "needs the columns owner and email"),
        ("owner,email,email\n", "needs the columns owner and email"),
        ("x" * 2_000_000, "is larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(read, text, said):
    with pytest.raises(SettingsError, match=said) as raised:
        read(text)
    assert str(raised.value).startswith("PORTFOLIO_DIGEST_RECIPIENTS=") and "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        read_recipients(tmp_path / "none.csv")


CELL = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=8)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(CELL, st.sampled_from(["x@example.test", "y@example.test", "none"]), CELL), max_size=5))
def test_what_is_written_as_csv_comes_back(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows([("owner", "email", "partner"), *rows])
    path = tmp_path_factory.getbasetemp() / "given.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    found = read_recipients(path)
    good = {(a.strip(), mail, b.strip()) for a, mail, b in rows if mail != "none"}
    assert {(one.owner, one.email, one.partner) for one in found.recipients} == good
    assert len(found.problems) == sum(mail == "none" for _, mail, _ in rows)
    assert not any(one.email in repr(one) for one in found.recipients)
