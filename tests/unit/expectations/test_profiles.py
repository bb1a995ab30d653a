"""Profiles and lost customers, as DuckDB aggregates them, against counting in Python."""

from collections import Counter
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE
from expectations.profiles import Lost, Profile, read_lost, read_profiles

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
LARGE = 2**62

ASSIGNMENTS = st.lists(
    st.tuples(
        st.sampled_from([DAY, NEXT]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["meetings", "calling"]),
        st.sampled_from(["EE", "BC", "X'"]),
        st.sampled_from([0, 3, LARGE]),
        st.sampled_from([0, 2, LARGE]),
    ),
    max_size=15,
)


@settings(max_examples=50, deadline=None)
@given(ASSIGNMENTS)
def test_profiles_of_licences_count_what_a_loop_counts(rows):
    names = ["snapshot_date", "partner_id", "product", "license_code", "total_licenses", "assigned_licenses"]
    types = [pa.date32(), *[pa.string()] * 3, *[pa.int64()] * 2]
    columns = zip(*rows, strict=True) if rows else [[]] * 6
    relation = pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names)

    with duckdb.connect() as con:
        con.register("rows", relation)
        found = {
            (profile.day, profile.partner_id): profile for profile in read_profiles(con, LICENSE_ASSIGNMENTS, "rows")
        }

    expected = {}
    for day, partner in {(row[0], row[1]) for row in rows}:
        own = [row for row in rows if row[:2] == (day, partner)]
        products = Counter()
        for row in own:
            products[row[2]] += row[4]
        expected[day, partner] = Profile(
            day,
            partner,
            rows=len(own),
            total_licenses=sum(row[4] for row in own),
            assigned_licenses=sum(row[5] for row in own),
            products=dict(products),
            license_codes=frozenset(row[3] for row in own),
        )
    assert found == expected


def test_profiles_of_usage_weigh_products_by_rows():
    with duckdb.connect() as con:
        con.execute(
            f"create table rows as select date '{DAY}' as activity_date, 'p' as partner_id, product"
            " from (values ('meetings'), ('meetings'), ('calling')) as v (product)"
        )
        assert read_profiles(con, LICENSE_USAGE, "rows") == [
            Profile(DAY, "p", 3, products={"calling": 1, "meetings": 2}, license_codes=frozenset())
        ]


def test_profiles_of_customers_have_no_products():
    with duckdb.connect() as con:
        con.execute(f"create table rows as select date '{DAY}' as snapshot_date, 'p' as partner_id")
        assert read_profiles(con, CUSTOMERS, "rows") == [Profile(DAY, "p", 1)]


SNAPSHOTS = st.sets(
    st.tuples(st.sampled_from([DAY, NEXT]), st.sampled_from(["a", "b"]), st.sampled_from(["c1", "c2", "c3"]))
)


@settings(max_examples=50, deadline=None)
@given(SNAPSHOTS)
def test_customers_lost_are_those_of_the_same_partner(rows):
    present = {(day, partner) for day, partner, _ in rows}
    pairs = [(NEXT, partner, DAY) for partner in ("a", "b") if {(DAY, partner), (NEXT, partner)} <= present]
    names = ["snapshot_date", "partner_id", "customer_id"]
    columns = zip(*rows, strict=True) if rows else [[]] * 3
    types = [pa.date32(), pa.string(), pa.string()]
    relation = pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names)

    with duckdb.connect() as con:
        con.register("snapshots_of", relation)
        found = read_lost(con, "snapshots_of", "customer_id", pairs, sample=2)

    expected = {}
    for _, partner, _ in pairs:
        before = {customer for day, owner, customer in rows if (day, owner) == (DAY, partner)}
        gone = sorted(customer for customer in before if (NEXT, partner, customer) not in rows)
        expected[NEXT, partner] = Lost(len(before), len(gone), tuple(gone[:2]))
    assert found == expected
