"""Whatever was applied before, in whatever order: PostgreSQL holds the publication that was applied last."""

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .publications import TABLES, apply_file, rows, write

PUBLICATIONS = st.lists(
    st.tuples(
        st.sets(st.integers(0, 5), min_size=1),
        st.dictionaries(st.integers(0, 5), st.integers(0, 2)),
        st.sets(st.sampled_from(sorted(name for name in TABLES if name.startswith("marts.")))),
    ),
    min_size=1,
    max_size=4,
)
"""Days, corrections of days, and marts that are left out."""


# The database stays from example to example: one more history that must not matter.
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PUBLICATIONS)
def test_the_last_publication_is_what_is_there(dsn, tmp_path, publications):
    for number, (days, shift, left_out) in enumerate(publications):
        tables = {name: columns for name, columns in TABLES.items() if name not in left_out - {"marts.portfolio_kpis"}}
        held = rows(sorted(days), f"p{number}", shift)
        apply_file(dsn, write(tmp_path / "published.duckdb", held, tables))
    with psycopg.connect(dsn) as connection:
        for table in TABLES:
            columns = ", ".join(column.split()[0] for column in TABLES[table].split(","))
            there = connection.execute("select to_regclass(%s)", [table]).fetchone() != (None,)
            found = connection.execute(f"select {columns} from {table}").fetchall() if there else []
            assert sorted(found, key=repr) == sorted(held[table] if table in tables else [], key=repr), table
