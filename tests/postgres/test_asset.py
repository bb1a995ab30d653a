"""The asset `serving/postgres`: after `serving/portfolio`, and silent about passwords."""

import dagster as dg
import psycopg
import pytest

from assets.postgres import POSTGRES_KEY, PostgresDatabase, postgres_asset
from assets.publication import PUBLICATION_KEY
from assets.resources import Progress
from pipelines.definitions import workspace_of
from pipelines.settings import load_settings

from .publications import FIRST, day, rows, write

SECRET = "s3cret-Word"  # noqa: S105  no server's


def run(home, dsn):
    """Materialise the asset for a day; everything that the run says, and its result."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [postgres_asset()],
            instance=instance,
            partition_key=FIRST.isoformat(),
            resources={
                "workspace": workspace_of(load_settings(home=home)),
                "progress": Progress(),
                "postgres_database": PostgresDatabase(dsn),
            },
            raise_on_error=False,
        )
        said = "\n".join(str(entry) for entry in instance.all_logs(result.run_id))
    return said, result


def test_it_comes_after_the_file():
    (spec,) = postgres_asset().specs
    assert spec.key == POSTGRES_KEY
    assert [dependency.asset_key for dependency in spec.deps] == [PUBLICATION_KEY]


def test_it_applies_what_is_published(dsn, query, tmp_path):
    (tmp_path / "serving").mkdir()
    write(tmp_path / "serving" / "portfolio.duckdb", rows([0, 1]))
    said, result = run(tmp_path, psycopg.conninfo.make_conninfo(dsn, password=SECRET))
    assert result.success
    (materialization,) = result.asset_materializations_for_node("serving__postgres")
    assert materialization.metadata["publication_id"].value == "p1"
    assert materialization.metadata["days_replaced"].value == 2
    assert query("select max(as_of_date) from marts.portfolio_kpis") == [(day(1),)]
    assert SECRET not in said


def test_its_failure_says_why_without_the_password(tmp_path):
    (tmp_path / "serving").mkdir()
    write(tmp_path / "serving" / "portfolio.duckdb", rows([0]))
    said, result = run(tmp_path, f"postgresql://owner:{SECRET}@127.0.0.1:1/portfolio")
    assert not result.success
    assert "PostgreSQL owner@127.0.0.1:1/portfolio: " in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "password", ("qwert@zuiop", "12/zuiop", "qw@12/zuiop", "qwert%zz", "qw@[zuiop", "qwert zuiop@")
)
def test_no_event_has_a_part_of_a_password_that_nobody_escaped(tmp_path, password):
    (tmp_path / "serving").mkdir()
    write(tmp_path / "serving" / "portfolio.duckdb", rows([0]))
    said, result = run(tmp_path, f"postgresql://owner:{password}@127.0.0.1:1/portfolio")
    assert not result.success
    assert [part for part in ("qwert", "zuiop", "wert", "uio") if part in said] == []
