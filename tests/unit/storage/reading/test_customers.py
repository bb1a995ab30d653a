"""Customers of a publication, found by id or by a part of their name."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.files.atomic import StorageError
from storage.reading.customers import Customer, find_customers, named
from storage.reading.opening import PublishedMarts

OLD, NEW = date(2026, 3, 21), date(2026, 3, 22)
ROWS = [
    (NEW, "acme", "c1", "Müller AG"),
    (NEW, "acme", "c2", "MÜLLER AG Wien"),
    (NEW, "acme", "c3", "Straßenbau 100%"),
    (NEW, "acme", "c4", "Straßenbau_100"),
    (NEW, "acme", "wien", "c1 & Sons"),
    (NEW, "acme", "c5", "Twin"),
    (NEW, "acme", "c6", "TWIN"),
    (OLD, "acme", "c1", "Miller AG"),
    (OLD, "acme", "gone", "Gone Wien"),
    (OLD, "zen", "c1", "Zen & Müller ag"),
]
"""zen's newest day is the older one."""


def publication(rows: list[tuple[date, str, str, str]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create schema marts; create table marts.portfolio_kpis (as_of_date date, partner_id text);"
        "create table marts.customer_overview (as_of_date date, partner_id text, customer_id text, customer_name text)"
    )
    for row in rows:
        connection.execute("insert into marts.customer_overview values (?, ?, ?, ?)", row)
        connection.execute("insert into marts.portfolio_kpis values (?, ?)", row[:2])
    return connection


@pytest.fixture(scope="module")
def marts() -> Iterator[PublishedMarts]:
    with publication(ROWS) as connection:
        yield PublishedMarts(connection)


def keys(found: object) -> list[tuple[str, str]]:
    return [(customer.partner_id, customer.customer_id) for customer in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "partner", "found"),
    [
        ("müller", None, [("acme", "c1"), ("acme", "c2"), ("zen", "c1")]),
        ("mu\u0308ller ag", None, [("acme", "c1")]),  # the accent behind its letter
        ("MÜLLER", "zen", [("zen", "c1")]),
        ("STRASSENBAU", None, [("acme", "c3"), ("acme", "c4")]),
        ("%", None, [("acme", "c3")]),
        ("_1", None, [("acme", "c4")]),
        ("c1", None, [("acme", "c1"), ("zen", "c1")]),  # the id, and not the name that it is a part of
        ("c1", "acme", [("acme", "c1")]),
        ("C1", None, [("acme", "wien")]),  # ids are exact
        ("wien", None, [("acme", "wien")]),
        ("müller ag", "acme", [("acme", "c1")]),  # the whole name, and not the longer one
        ("Twin", None, [("acme", "c5")]),
        ("twin", None, [("acme", "c5"), ("acme", "c6")]),
        ("gone", None, [("acme", "gone")]),
        ("Gone W", None, [("acme", "gone")]),
        ("nobody", None, []),
        ("' or true --", None, []),
    ],
)
def test_a_text_means_an_id_else_a_name_else_a_part_of_names(
    marts: PublishedMarts, text: str, partner: str | None, found: list[tuple[str, str]]
) -> None:
    assert keys(find_customers(marts, text, partner)) == found


def test_names_are_those_of_the_day(marts: PublishedMarts) -> None:
    assert find_customers(marts, "c1", "acme") == [Customer("acme", "c1", "Müller AG")]
    assert find_customers(marts, "c1", "acme", OLD) == [Customer("acme", "c1", "Miller AG")]
    assert find_customers(marts, "miller", day=OLD) == [Customer("acme", "c1", "Miller AG")]
    assert keys(find_customers(marts, "Müller AG", day=OLD)) == [("zen", "c1")]
    assert find_customers(marts, "twin", day=OLD) == []  # nobody is known before the first day


LETTERS = "aÄäßéKk%_\\ .*'\u017f\u03a3\u03c3\u03c2\ufb01\u0418\u0436\u4f1a"
"""Also the long s, the sigmas, the ligature fi, Cyrillic and Chinese."""


@given(name=st.text(LETTERS, min_size=1, max_size=12), data=st.data())
def test_each_part_of_a_name_finds_it_in_any_case(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    customer = Customer("acme", "c1", name)
    for text in (part, part.upper(), part.lower()):
        assert named([customer, Customer("acme", "c2", "q")], text) == [customer]


def test_an_earlier_version_has_no_customers() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table marts.portfolio_kpis (as_of_date date, partner_id text)")
        with pytest.raises(StorageError, match="an earlier version published this, without customer_overview; `port"):
            find_customers(PublishedMarts(connection), "x")
