"""The traps that the pages warn of are there; where one is gone, its page is out of date."""

import shutil
from pathlib import Path

import adbc_driver_duckdb.dbapi
import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

QUESTION = "select max(publication) from publications"


@pytest.fixture
def published(tmp_path):
    """A published file of publication 1."""
    return publish(tmp_path / "portfolio.duckdb", 1)


def publish(path: Path, number: int) -> Path:
    """Replace a file by one of another publication, as the pipeline does: written beside, then moved."""
    beside = path.with_suffix(".new")
    with duckdb.connect(str(beside)) as connection:
        connection.execute(f"create table publications as select {number} as publication")
    shutil.move(beside, path)
    return path


def ask(connection):
    return connection.execute(QUESTION).fetchone()[0]


def test_connections_of_one_process_share_what_the_first_one_opened(published):
    first = duckdb.connect(str(published), read_only=True)
    publish(published, 2)
    second = duckdb.connect(str(published), read_only=True)
    assert (ask(first), ask(second)) == (1, 1)
    first.close()
    second.close()
    with duckdb.connect(str(published), read_only=True) as third:
        assert ask(third) == 2


@pytest.mark.parametrize(("options", "seen"), (({}, 1), ({"poolclass": NullPool}, 2)), ids=("pool", "NullPool"))
def test_only_an_engine_without_a_pool_sees_the_next_publication(published, options, seen):
    engine = sa.create_engine(f"duckdb:///{published}", connect_args={"read_only": True}, **options)
    with engine.connect() as connection:
        assert connection.execute(sa.text(QUESTION)).scalar() == 1
    publish(published, 2)
    with engine.connect() as connection:
        assert connection.execute(sa.text(QUESTION)).scalar() == seen
    engine.dispose()


def test_access_mode_in_the_uri_is_read_only(published):
    engine = sa.create_engine(f"duckdb:///{published}?access_mode=read_only", poolclass=NullPool)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="read-only mode"):
        connection.execute(sa.text("create table mine (a integer)"))


def test_duckdb_engine_does_not_reflect(published):
    engine = sa.create_engine(f"duckdb:///{published}", connect_args={"read_only": True}, poolclass=NullPool)
    assert sa.inspect(engine).get_table_names() == ["publications"]
    with pytest.raises(sa.exc.ProgrammingError, match="pg_collation"):
        sa.inspect(engine).get_columns("publications")
    with pytest.raises(sa.exc.ProgrammingError, match="pg_collation"):
        sa.Table("publications", sa.MetaData(), autoload_with=engine)


def test_duckdbs_own_adbc_driver_opens_the_file_for_writing(published):
    with adbc_driver_duckdb.dbapi.connect(str(published)) as connection, connection.cursor() as cursor:
        cursor.execute("select current_setting('access_mode')")
        assert cursor.fetchone() == ("automatic",)
        cursor.execute("create table mine (a integer)")
        connection.commit()
    with duckdb.connect(str(published), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by all").fetchall()
    assert tables == [("mine",), ("publications",)]
