from pathlib import Path

import duckdb
import pytest

from bi.connection import DUCKDB_ARGUMENTS, connected, postgres_uri
from bi.settings import BiError, BiSettings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> BiSettings:
    """A home folder with a published file of one table."""
    (tmp_path / "serving").mkdir()
    with duckdb.connect(tmp_path / "serving" / "portfolio.duckdb") as connection:
        connection.execute("create table one as select 1 as n")
    return load_settings({"PORTFOLIO_HOME": str(tmp_path)})


def test_the_file_is_opened_for_reading_alone(settings: BiSettings) -> None:
    database = connected({"database_name": "x", "extra": {"a": 1}}, settings)
    assert database["sqlalchemy_uri"] == f"duckdb:///{settings.published}"
    assert database["extra"]["a"] == 1
    assert database["extra"]["engine_params"]["connect_args"]["read_only"] is True


def test_sql_reaches_nothing_but_the_file(settings: BiSettings, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("n\n1\n")
    with duckdb.connect(settings.published, **DUCKDB_ARGUMENTS) as connection:  # type: ignore[arg-type]
        assert connection.execute("select n from one").fetchall() == [(1,)]
        for statement in (
            f"from '{tmp_path / 'other.csv'}'",
            f"attach '{tmp_path / 'new.duckdb'}'",
            "set enable_external_access = true",
            "create table two as select 2",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


def test_postgres_needs_no_file(tmp_path: Path) -> None:
    settings = load_settings({"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_BI_DSN": "postgresql://reader:pw@db/marts"})
    database = connected({"database_name": "x", "extra": {}}, settings)
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://reader:pw@db/marts"
    assert "engine_params" not in database["extra"]


@pytest.mark.parametrize("dsn", ["host=db user=reader", "mysql://db/marts", "postgresql:/db"])
def test_another_dsn_is_refused(dsn: str) -> None:
    with pytest.raises(BiError, match="PORTFOLIO_BI_DSN"):
        postgres_uri(dsn)


@pytest.mark.parametrize(
    "secret",
    ["qwert@zuiop", "qwert/zuiop", "12/zuiop", "12@34/zuiop", "qw@[zuiop", "qw@er?zuiop", "qwert%zuiop", "1?/2@x"],
)
def test_a_password_that_nobody_escaped_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(BiError, match="PORTFOLIO_BI_DSN cannot be read") as raised:
        postgres_uri(f"postgresql://reader:{secret}@db:5432/marts")
    assert "zuiop" not in str(raised.value)
    assert "qw" not in str(raised.value)


def test_an_escaped_password_stays_escaped() -> None:
    written = "postgresql://reader:a%40b%2Fc%3Ad%3F%23%25@db:5432/marts?sslmode=require"
    assert postgres_uri(written) == written.replace("postgresql", "postgresql+psycopg2", 1)


def test_nothing_published(tmp_path: Path) -> None:
    with pytest.raises(BiError, match="make demo"):
        connected({}, load_settings({"PORTFOLIO_HOME": str(tmp_path)}))
