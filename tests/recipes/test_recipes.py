"""Every recipe of the pages that can run here is run, and gives the figures of the golden portfolio.

They are worked out in tests/golden/README.md. The reader of PostgreSQL is bound to `north`, and gets no row of `south`.
"""

import csv
import json
import re
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet
import pytest
import sqlalchemy as sa

from .pages import INDEX, blocks, places_with_code, sections

KPIS = {
    "north": [date(2024, 5, 31), "north", 6, 2, 2, 2, 2, 6],
    "south": [date(2024, 5, 30), "south", 2, 1, 0, 0, 0, 2],
}
OVERAGES = [("N-11", 2), ("N-04", 10), ("N-09", 2)]
EXPIRING = [("N-06", "meetings", 40), ("N-01", "calling", 30), ("N-01", "meetings", 50)]
"""North's newest: subscription, product, licences, by date of expiration; south has S-02 calling, 100."""

STAR = [("2024-05", "0103", 2), ("2024-05", "Delta", 10 + 2)]
"""Overage on 05-31; 0103 has left the customers snapshot, so its newest name is its id."""


def run_python(place):
    """The names that the section's code leaves behind."""
    names = {}
    for code in blocks(place, "python"):
        exec(compile(code, str(place), "exec"), names)  # noqa: S102  the repository's own page
    return names


def run_shell(place):
    """What the section's commands say, one text a block."""
    return [
        subprocess.run(["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True, check=True).stdout
        for code in blocks(place, "sh")
    ]


def read_csv(name, encoding="utf-8"):
    with Path(name).open(newline="", encoding=encoding) as file:
        return list(csv.DictReader(file))


def numbers(text):
    """The whole numbers that stand alone in a table drawn as text."""
    return [int(word) for word in text.replace("│", " ").replace("|", " ").split() if word.isdigit()]


def python_duckdb(folder):
    rows = run_python(("python.md", "DuckDB"))["rows"]
    assert [(row[3], row[-1]) for row in rows] == OVERAGES
    copied = read_csv("overage.csv")
    assert sorted((row["subscription_id"], int(row["overage_licenses"])) for row in copied) == sorted(OVERAGES)


def python_pandas(folder):
    trend = run_python(("python.md", "pandas"))["trend"]
    meetings = trend[(trend.partner_id == "north") & (trend["product"] == "meetings")]
    assert meetings.assignment_ratio.tolist() == [354 / 585, 343 / 560]
    assert len(trend) == 6


def python_polars(folder):
    ratios = run_python(("python.md", "Polars"))["ratios"]
    assert sorted(ratios.rows()) == [
        ("north", "calling", 38 / 60),
        ("north", "meetings", 343 / 560),
        ("south", "calling", 1.0),
        ("south", "meetings", 0.9),
    ]


def python_arrow(folder):
    table = run_python(("python.md", "Arrow"))["table"]
    assert table.num_rows == 14 + 12
    assert sum(table["total_licenses"].to_pylist()) == (585 + 40 + 100 + 10) + (560 + 60)


def python_parquet(folder):
    names = run_python(("python.md", "Parquet"))
    assert names["positions"].total_licenses.sum() == (585 + 40 + 100 + 10) + (560 + 60)
    assert [list(row) for row in names["kpis"].rows()][1:] == [KPIS["south"], KPIS["north"]]


def python_sqlalchemy_file(folder):
    assert run_python(("python.md", "SQLAlchemy on the file"))["overages"] == [("calling", 1), ("meetings", 1)]


def python_sqlalchemy_postgres(folder):
    names = run_python(("python.md", "SQLAlchemy on PostgreSQL"))
    assert names["kpis"].values.tolist() == [KPIS["north"]]
    assert all(column.comment for column in names["positions"].columns)
    names["engine"].dispose()


def python_adbc(folder):
    names = run_python(("python.md", "ADBC on PostgreSQL"))
    assert names["table"].num_rows == 12 + 12
    assert names["trend"].select("as_of_date", "product", "total_licenses").rows() == [
        (date(2024, 5, 30), "calling", 40),
        (date(2024, 5, 30), "meetings", 585),
        (date(2024, 5, 31), "calling", 60),
        (date(2024, 5, 31), "meetings", 560),
    ]


def command_line_duckdb(folder):
    (shown,) = run_shell(("command-line.md", "DuckDB CLI"))
    assert [number for number in numbers(shown) if number < 100] == KPIS["north"][2:] + KPIS["south"][2:]
    found = [(row["subscription_id"], row["product"], int(row["total_licenses"])) for row in read_csv("expiring.csv")]
    assert sorted(found) == sorted([*EXPIRING, ("S-02", "calling", 100)])


def command_line_own_tables(folder):
    Path("accounts.csv").write_text("customer_id,account_manager\n0101,Ann\n00124,Bob\n", encoding="utf-8")
    (query,) = blocks(("command-line.md", "Your own tables beside it"), "sql")
    with duckdb.connect() as connection:
        found = connection.execute(query).fetchall()
    assert found == [
        ("00124", date(2024, 6, 30), "Bob"),
        ("Acme, Inc.", date(2024, 8, 29), "Ann"),
        ("Acme, Inc.", date(2024, 8, 29), "Ann"),
    ]


def command_line_psql(folder):
    (shown,) = run_shell(("command-line.md", "psql"))
    assert numbers(shown) == [*KPIS["north"][2:]]
    found = [(row["subscription_id"], row["product"], int(row["total_licenses"])) for row in read_csv("expiring.csv")]
    assert found == EXPIRING


def excel_export(folder):
    (said,) = run_shell(("excel.md", "Export"))
    assert [line.split()[0] for line in said.splitlines()] == ["4", "3", "3", "14"]
    assert Path("expiring.xlsx").read_bytes().startswith(b"PK")
    over = read_csv("over-limit.csv", encoding="utf-8-sig")
    assert sorted((row["subscription_id"], int(row["overage_licenses"])) for row in over) == sorted(OVERAGES)
    trend = read_csv("trend.csv", encoding="utf-8-sig")
    assert sorted(int(row["assigned_licenses"]) for row in trend) == [9, 343, 354]
    positions = pyarrow.parquet.read_table("positions.parquet")
    assert sum(positions["total_licenses"].to_pylist()) == 560 + 60 + 100 + 10


def superset_file(folder):
    place = ("superset.md", "The file")
    (uri,), (parameters,) = blocks(place, "text"), blocks(place, "json")
    home = (folder / "demo" / "home").resolve()
    engine = sa.create_engine(uri.strip().replace("/srv/portfolio", str(home)), **json.loads(parameters))
    with engine.connect() as connection:
        found = connection.execute(sa.text("select * from marts_latest.portfolio_kpis order by partner_id")).all()
        assert [list(row) for row in found] == list(KPIS.values())
        with pytest.raises(sa.exc.ProgrammingError, match="read-only mode"):
            connection.execute(sa.text("create table marts.mine (a integer)"))
    engine.dispose()


def index_freshness(folder):
    with duckdb.connect("demo/home/serving/portfolio.duckdb", read_only=True) as connection:
        (publication, loaded), (quarantined,) = (
            [connection.execute(statement).fetchall() for statement in code.split(";") if statement.strip()]
            for code in blocks(("bi-recipes.md", "How fresh is it?"), "sql")
        )
    assert [row[2] for row in publication] == [date(2024, 5, 31)]
    assert loaded == [("north", 5), ("south", 1)]
    assert quarantined == [(date(2024, 5, 29), "subscriptions", 15, 1)]


def index_freshness_postgres(folder):
    both = blocks(("bi-recipes.md", "How fresh is it?"), "sql")[0]
    with psycopg.connect("service=portfolio", autocommit=True) as connection:
        publication, loaded = [connection.execute(one).fetchall() for one in both.split(";") if one.strip()]
    assert [row[2] for row in publication] == [date(2024, 5, 31)]
    assert loaded == [("north", 5)]


def index_star(folder):
    (query,) = blocks(("bi-recipes.md", "Several tables in one model"), "sql")
    with duckdb.connect("demo/home/serving/portfolio.duckdb", read_only=True) as connection:
        assert connection.execute(query).fetchall() == STAR


def index_star_postgres(folder):
    (query,) = blocks(("bi-recipes.md", "Several tables in one model"), "sql")
    with psycopg.connect("service=portfolio", autocommit=True) as connection:
        assert connection.execute(query).fetchall() == STAR


BY_FILE = {
    ("bi-recipes.md", "Several tables in one model"): index_star,
    ("bi-recipes.md", "How fresh is it?"): index_freshness,
    ("command-line.md", "DuckDB CLI"): command_line_duckdb,
    ("command-line.md", "Your own tables beside it"): command_line_own_tables,
    ("excel.md", "Export"): excel_export,
    ("python.md", "DuckDB"): python_duckdb,
    ("python.md", "pandas"): python_pandas,
    ("python.md", "Polars"): python_polars,
    ("python.md", "Arrow"): python_arrow,
    ("python.md", "Parquet"): python_parquet,
    ("python.md", "SQLAlchemy on the file"): python_sqlalchemy_file,
    ("superset.md", "The file"): superset_file,
}
BY_POSTGRES = {
    ("bi-recipes.md", "Several tables in one model"): index_star_postgres,
    ("bi-recipes.md", "How fresh is it?"): index_freshness_postgres,
    ("command-line.md", "psql"): command_line_psql,
    ("python.md", "SQLAlchemy on PostgreSQL"): python_sqlalchemy_postgres,
    ("python.md", "ADBC on PostgreSQL"): python_adbc,
}
SERVICE = ("bi-recipes.md", "The connection to PostgreSQL")
"""What it shows, the fixture `service` uses."""


@pytest.mark.parametrize("place", BY_FILE, ids=" ".join)
def test_on_the_file(place, folder):
    BY_FILE[place](folder)


@pytest.mark.parametrize("place", BY_POSTGRES, ids=" ".join)
def test_on_postgresql(place, postgres):
    BY_POSTGRES[place](postgres)


def test_the_file_has_the_storage_format_that_the_index_names(home):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'serving' / 'portfolio.duckdb'}' as webex (read_only)")
        ((tags,),) = connection.execute("select tags from duckdb_databases() where database_name = 'webex'").fetchall()
    (named,) = re.findall(r"storage format `(\S+)`", sections()[INDEX.name, "DuckDB versions"])
    assert tags == {"storage_version": f"{named}+"}


def test_code_that_is_not_run_says_so():
    assert places_with_code() == {*BY_FILE, *BY_POSTGRES, SERVICE}
