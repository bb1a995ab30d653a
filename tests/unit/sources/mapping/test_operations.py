"""The operations: what they understand, and what goes on as it was delivered, counted."""

from typing import Any

import pytest

from sources.readers.errors import UnreadableFileError

from .mapped import feed_of, mapped, put, rows_of

NAME = "customers-2026-03-01.csv"


def column_of(folder, declared: Any, values: list[str], header: str = "value", **feed: Any) -> tuple[list[str], Any]:
    """What a column makes of values, and what it did not understand."""
    lines = [f'"{value}";{number}' for number, value in enumerate(values)]
    put(folder, NAME, "\n".join([f"{header};id", *lines]))
    columns = {"partner_id": {"constant": "p"}, "customer_id": "id", "customer_name": declared}
    made = mapped(folder, feed_of(columns=columns, **feed), NAME)
    return [row["customer_name"] for row in rows_of(made)], made.account.columns["customer_name"]


GERMAN = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("declared", "understood", "not_understood"),
    [
        ({"trim": "true"}, {"  a\u00a0": "a", "b": "b", " ": ""}, ()),
        ({"case": "upper"}, {"müller": "MÜLLER", "": ""}, ()),
        ({"case": "lower"}, {"ÄB": "äb"}, ()),
        (
            {"date": "%d.%m.%Y"},
            {"31.12.2026": "2026-12-31", " 1.3.2026 ": "2026-03-01", "2026-03-01": "2026-03-01", "": "", " ": " "},
            ("31.02.2026", "12/31/2026", "1.3.26", "soon", "2026-02-30", "31.12.2026x"),
        ),
        (
            {"date": ["%m/%d/%Y", "%d-%b-%y", "excel"]},
            {"12/31/2026": "2026-12-31", "3-Mar-26": "2026-03-03", "46082": "2026-03-01", "46082.75": "2026-03-01"},
            ("31/12/2026", "99999999"),
        ),
        (
            {"date": "%d.%m.%Y %H:%M"},
            {"01.03.2026 23:59": "2026-03-01", "2026-03-01T23:30:00-05:00": "2026-03-02"},
            ("01.03.2026",),
        ),
        (
            {"number": "true"},
            {
                "12": "12",
                " 12.50 ": "12.50",
                "-3": "-3",
                "\u22123": "-3",
                "12.00": "12",
                "+1": "+1",
                "": "",
            },
            ("1,5", "1 000", "1e3", ".5", "5.", "abc", "1.2.3"),
        ),
        ({"number": "true"}, {"33.33333355": "33.333334", "-0.0000005": "-0.000001", "1.1234560": "1.123456"}, ()),
        (
            {"number": GERMAN},
            {"1.234,50": "1234.50", "1.234.567": "1234567", "1234,00": "1234", "12": "12"},
            ("1.23", "12.34,5", "1.2345", "1,234.5"),
        ),
        (
            {"number": {"decimal": ".", "thousands": " "}},
            {"1\u202f234.5": "1234.5", "1\u00a0000": "1000"},
            ("1 00",),
        ),
        (
            {"number": GERMAN},
            {"20 %": "0.2", "12,5%": "0.125", "1.000 %": "10", "0%": "0", "100\uff05": "1", "33,3333333 %": "0.333333"},
            ("%", "5 % %", "%5"),
        ),
        ({"number": {"thousands": "'"}}, {"1\u2019234": "1234", "1'234.5": "1234.5"}, ()),
        (
            {"boolean": {"true": ["Ja", "X"], "false": ["Nein", ""]}},
            {"ja": "true", " JA ": "true", "x": "true", "Nein": "false", "": "false", "TRUE": "true"},
            ("vielleicht", "1"),
        ),
        ({"boolean": "true"}, {"Yes": "true", "n": "false", "0": "false", "wahr": "true", "": ""}, ("maybe",)),
        (
            {"lookup": {"values": {"A1": "meetings", " b2 ": "calling"}}},
            {"A1": "meetings", " A1 ": "meetings", "b2": "calling", "": ""},
            ("a1", "C3"),
        ),
        (
            {"lookup": {"values": {"A1": "meetings"}, "ignore_case": "true", "default": "other"}},
            {"a1": "meetings", "zzz": "other"},
            (),
        ),
        ({"regex": "SKU-([0-9]+)"}, {"x SKU-12 y": "12", "": ""}, ("SKU-x", "12")),
        ({"regex": "[A-Z]+"}, {"ab CD ef": "CD"}, ("ab",)),
        ({"regex": r"^n(\d?[0-9])"}, {"n12x": "12", "n7": "7"}, ("x7",)),
        ({"regex": "a([()+-]?[0-9]+)"}, {"xa-5": "-5", "a(6": "(6"}, ()),
        ({"regex": {"pattern": "(a)(b)?(c)", "group": 3}}, {"ac": "c"}, ("b",)),
        (
            {"regex": "^(.*) licences$", "number": GERMAN},
            {"1.200 licences": "1200"},
            ("many licences", "1.200"),
        ),
    ],
)
def test_an_operation(tmp_path, declared, understood, not_understood):
    values = [*understood, *not_understood]
    found, left = column_of(tmp_path, {"from": "Value", **declared}, values * 2)
    assert found == [*understood.values(), *not_understood] * 2
    assert left.count == 2 * len(not_understood)
    assert left.samples == list(not_understood[:3])


def test_a_lookup_lists_what_its_table_lacks(tmp_path):
    declared = {"from": "value", "regex": "(.*)-x", "lookup": {"values": {"a": "b"}}}
    _, left = column_of(tmp_path, declared, ["a-x", "q-x", "q-x", "r-x"])
    assert left.lacking == {"q": 2, "r": 1}
    assert left.samples == ["q-x", "r-x"]


def test_a_lookup_in_a_file_beside_the_mapping(tmp_path):
    put(tmp_path, "skus.csv", "Artikel,Familie\nA-1,meetings\n,nothing\nB-2,calling\n")
    declared = {"from": "value", "lookup": {"file": "skus.csv", "key": "artikel", "value": "familie"}}
    assert column_of(tmp_path, declared, ["B-2", "A-1", ""])[0] == ["calling", "meetings", ""]
    put(tmp_path, "skus.csv", "Artikel,Familie\nA-1,meetings\nA-1,calling\n")
    with pytest.raises(UnreadableFileError, match=r"can't be mapped: lookup file skus\.csv has two values for 'A-1'"):
        column_of(tmp_path, declared, ["A-1"])
    declared["lookup"]["file"] = "gone.csv"
    with pytest.raises(UnreadableFileError, match=r"lookup file gone\.csv cannot be read: No such file"):
        column_of(tmp_path, declared, ["A-1"])


def test_concat_and_first_of(tmp_path):
    joined = {"concat": ["value", {"constant": "L"}, {"from": "ID", "trim": "true"}], "separator": "-"}
    assert column_of(tmp_path, joined, ["a", ""])[0] == ["a-L-0", "L-1"]
    first = {"first_of": ["Missing", "value", {"constant": "none"}], "case": "upper"}
    assert column_of(tmp_path, first, ["a", " "])[0] == ["A", "NONE"]
    dated = {"first_of": [{"from": "value", "date": "%d.%m.%Y"}, "id"]}
    found, left = column_of(tmp_path, dated, ["1.3.2026", "x", ""])
    assert found == ["2026-03-01", "x", "2"]
    assert (left.count, left.samples) == (1, ["x"])


@pytest.mark.parametrize("header", ["VALUE", " va lue", "Va_Lu-E", "v\u00a0alue"])
def test_headers_match_without_case_spaces_and_dashes(tmp_path, header):
    assert column_of(tmp_path, "value", ["a"], header=header)[0] == ["a"]


def test_missing_and_ambiguous_headers_are_one_line(tmp_path):
    with pytest.raises(UnreadableFileError, match="has no column 'other'; it has value, id"):
        column_of(tmp_path, "other", ["a"])
    put(tmp_path, NAME, "id;Val-ue;value\n1;a;b\n")
    columns = {"partner_id": {"constant": "p"}, "customer_id": "id", "customer_name": "value"}
    with pytest.raises(UnreadableFileError, match="has several columns that 'value' may mean: 'Val-ue', value"):
        mapped(tmp_path, feed_of(columns=columns), NAME)


@pytest.mark.parametrize("text", ["'; drop table x; --", '"', "$1", "\\", "%d'%m"])
def test_what_a_mapping_says_is_never_sql(tmp_path, text):
    declared = {"from": "value", "lookup": {"values": {text: "found"}}, "trim": "true"}
    assert column_of(tmp_path, declared, [text.replace('"', '""')])[0] == ["found"]
    pattern = {"from": "value", "regex": f"(x)|[{text.replace(chr(92), '.')}]+"}
    assert column_of(tmp_path, pattern, ["x"])[0] == ["x"]
    dated = {"from": "value", "date": f"%d.%m.%Y{text.replace('%d', '').replace('%m', '')}"}
    assert column_of(tmp_path, dated, ["y"])[0] == ["y"]
