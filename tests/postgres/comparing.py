"""What PostgreSQL holds, against the published file."""

import duckdb

from .publications import TABLES


def of_file(path, name):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"select * from {name} order by all").fetchall()


def of_server(query, path, name):
    with duckdb.connect(str(path), read_only=True) as connection:
        columns = [column[0] for column in connection.execute(f"from {name} limit 0").description]
    return sorted(query(f"select {', '.join(columns)} from {name}"), key=repr)


def assert_equal(query, path, tables=TABLES):
    """Every table and every view holds the file's rows."""
    for table in tables:
        assert of_server(query, path, table) == sorted(of_file(path, table), key=repr), table
    with duckdb.connect(str(path), read_only=True) as connection:
        latest = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts_latest'")
        names = [name for (name,) in latest.fetchall()]
    for name in names:
        view = f"marts_latest.{name}"
        assert of_server(query, path, view) == sorted(of_file(path, view), key=repr), view
    assert names
