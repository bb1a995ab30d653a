"""`portfolio export`: what is asked for ends up in a file, and what can't be is one line."""

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

from cli.errors import UsageError
from cli.screen.decisions import SECTION_NAMES

from . import golden
from .conftest import no_usage_of

Run = Callable[..., Result]


@pytest.fixture
def latest(home: Path) -> Path:
    """The publication of conftest with its newest rows, in the working folder of the test."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as con:
        con.execute("create schema marts_latest")
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        for (mart,) in tables:
            con.execute(
                f"create table marts_latest.{mart} as select * from marts.{mart} where (partner_id, as_of_date) in"
                " (select (partner_id, max(as_of_date)) from marts.portfolio_kpis group by partner_id)"
            )
    return home


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_each_partners_newest_day(latest: Path, portfolio: Run) -> None:
    result = portfolio("export", "kpis", "--home", latest)
    assert result.exit_code == 0, result.output
    assert result.output.strip() == "2 rows of portfolio_kpis in kpis-2026-03-22.csv"
    exported = rows(Path("kpis-2026-03-22.csv"))
    assert [(row["partner_id"], row["as_of_date"], row["total_customers"]) for row in exported] == [
        ("zen", "2026-03-21", "7"),
        ("acme", "2026-03-22", "1234"),
    ]


def test_a_range_of_one_partner_and_product(latest: Path, portfolio: Run) -> None:
    arguments = ("--partner", "acme", "--product", "meetings", "--from", "2026-03-20", "--output", "trend.csv")
    assert portfolio("export", "trend", *arguments, "--home", latest).exit_code == 0
    assert [row["total_licenses"] for row in rows(Path("trend.csv"))] == ["119", "120", "121"]


def test_a_section_in_the_order_of_the_dashboard(latest: Path, portfolio: Run) -> None:
    result = portfolio("export", "expiring", "--output", "-", "--home", latest)
    exported = list(csv.DictReader(result.stdout.removeprefix("\ufeff").splitlines()))
    assert [row["subscription_id"] for row in exported] == ["s1", "s2", "s3"]
    assert exported[0]["customer_name"] == "Añil [bold]\x1b[31m"


USAGE = ("used_licenses", "assigned_unused_licenses", "used_licenses_90d")


@pytest.mark.parametrize("dates", [(), ("--as-of", "2026-03-22")])
def test_what_derives_from_usage_that_never_came_is_empty(dates: tuple[str, ...], latest: Path, portfolio: Run) -> None:
    no_usage_of(latest, "meetings")
    for section, used in (("expiring", USAGE), ("trend", (*USAGE[:2], "usage_ratio")), ("expiring_kpis", USAGE[:1])):
        result = portfolio(
            "export", section, *dates, "--partner", "acme", "--output", f"{section}.csv", "--home", latest
        )
        assert result.exit_code == 0, result.output
        exported = [row for row in rows(Path(f"{section}.csv")) if row["product"] == "meetings"]
        assert exported
        assert {row[name] for row in exported for name in used} == {""}
        assert all(row["assigned_licenses"] and row["total_licenses"] for row in exported)
    calling = [row for row in rows(Path("expiring_kpis.csv")) if row["product"] == "calling"]
    assert [row["used_licenses"] for row in calling] == ["0"]


@pytest.mark.parametrize("file_format", ["xlsx", "parquet"])
def test_other_formats(file_format: str, latest: Path, portfolio: Run) -> None:
    result = portfolio("export", "license_distribution_trend", "--format", file_format, "--home", latest)
    assert result.exit_code == 0, result.output
    file = Path(f"license_distribution_trend-2026-03-22.{file_format}")
    assert file.read_bytes().startswith(b"PK" if file_format == "xlsx" else b"PAR1")


def test_a_file_is_not_replaced_unasked(latest: Path, portfolio: Run) -> None:
    Path("mine.csv").write_text("mine")
    arguments = ("export", "kpis", "--output", "mine.csv", "--home", latest)
    assert "mine.csv exists; --overwrite replaces it" in str(portfolio(*arguments).exception)
    assert Path("mine.csv").read_text() == "mine"
    assert portfolio(*arguments, "--overwrite").exit_code == 0
    assert len(rows(Path("mine.csv"))) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope",), "there is no section 'nope'; there are recently-added, expiring"),
        (("kpis; drop",), "there is no section 'kpis; drop'"),
        (("expiring", "--format", "docx"), "there is no format 'docx'; there are csv, xlsx, parquet"),
        (("expiring", "--product", "phones"), "there is no product 'phones'"),
        (("kpis", "--product", "calling"), "portfolio_kpis spans both products; leave --product out"),
        (("kpis", "--partner", "who"), "partner 'who' is not published; published are acme, zen"),
        (("kpis", "--as-of", "2020-01-01"), "2020-01-01 is not published; published are 2026-03-01…2026-03-22"),
        (("kpis", "--from", "2026-03-02", "--to", "2026-03-01"), "--from 2026-03-02 is after 2026-03-01; swap them"),
        (("kpis", "--as-of", "2026-03-01", "--from", "2026-03-01"), "leave one of them out"),
        (("kpis", "--to", "2026-03-01"), "--to needs --from"),
        (("kpis", "--format", "xlsx", "--output", "-"), "standard output takes csv alone"),
        (("kpis", "--output", "."), ". is a folder; name a file in it"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], message: str, latest: Path, portfolio: Run) -> None:
    result = portfolio("export", *arguments, "--home", latest)
    assert result.exit_code == 1
    assert message in str(result.exception)
    assert not list(Path().glob("*.*"))


def test_nothing_published(tmp_path: Path, portfolio: Run) -> None:
    result = portfolio("export", "kpis", "--home", tmp_path / "none")
    assert "nothing is published in" in str(result.exception)
    assert "`portfolio materialize` publishes" in str(result.exception)


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    """The golden portfolio with owners, and its newest rows apart."""
    path = tmp_path / "decided" / "serving" / "portfolio.duckdb"
    golden.publish(path)
    golden.with_terms(path)
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts_latest")
        for mart in golden.MART_COLUMNS:
            con.execute(
                f"create table marts_latest.{mart} as select * from marts.{mart} where (partner_id, as_of_date) in"
                " (select (partner_id, max(as_of_date)) from marts.portfolio_kpis group by partner_id)"
            )
    return tmp_path / "decided"


def test_every_section_that_is_shown_is_exported(decided: Path, portfolio: Run) -> None:
    for name in SECTION_NAMES:
        result = portfolio("export", name, "--home", decided, "--output", f"{name}.csv")
        assert result.exit_code == 0, result.exception
        assert Path(f"{name}.csv").read_text(encoding="utf-8-sig").startswith("as_of_date,partner_id,")


@pytest.mark.parametrize("dates", [(), ("--as-of", "2024-05-31"), ("--from", "2024-05-30")])
def test_some_customers_rows(dates: tuple[str, ...], decided: Path, portfolio: Run) -> None:
    days = {"2024-05-31"} if len(dates) != 2 or dates[0] == "--as-of" else {"2024-05-30", "2024-05-31"}
    for section, options, customers in (
        ("worklist", ("--owner", "Bo O'Neil"), {"0102", "0105"}),
        ("expiring", ("--segment", "SMB", "--owner", "Ann"), {"0101"}),
        ("customer", ("glacier",), {"0107"}),
        ("positions", ("--customer", "Delta"), {"0104"}),
    ):
        file = Path(f"{section}.csv")
        assert portfolio("export", section, *options, *dates, "--home", decided, "--output", file).exit_code == 0
        found = rows(file)
        assert {row["customer_id"] for row in found} == customers
        assert {row["partner_id"] for row in found} == {"north"}
        assert {row["as_of_date"] for row in found} == days or section == "expiring"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("retention", "--owner", "Ann"), "no row of retention names a customer"),
        (("dim_dates", "--customer", "0101"), "no row of dim_dates names a customer"),
        (("worklist", "--owner", "Cy"), "there is no owner 'Cy'; there are Ann, Bo O'Neil"),
        (("customer", "c"), "'c' means 2 customers; choose one by its id"),
        (("worklist", "acme"), "'acme' is too much behind worklist"),
    ],
)
def test_customers_that_are_not_there(arguments: tuple[str, ...], message: str, decided: Path, portfolio: Run) -> None:
    if arguments[0] == "dim_dates":
        with duckdb.connect(str(decided / "serving" / "portfolio.duckdb")) as con:
            con.execute("create table marts.dim_dates (date_day date)")
    result = portfolio("export", *arguments, "--home", decided)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith(message)
    assert not list(Path().glob("*.*"))


def test_a_section_that_an_earlier_version_did_not_publish(decided: Path, portfolio: Run) -> None:
    with duckdb.connect(str(decided / "serving" / "portfolio.duckdb")) as con:
        con.execute("drop table marts.renewal_worklist")
    result = portfolio("export", "worklist", "--home", decided)
    assert str(result.exception).startswith("an earlier version published this, without renewal_worklist; `portfolio")


def test_changes_of_several_dates_are_not_to_be_added_up(decided: Path, portfolio: Run) -> None:
    for dates, is_said in ((("--from", "2024-05-30"), True), (("--as-of", "2024-05-31"), False), ((), False)):
        result = portfolio("export", "changes", *dates, "--home", decided, "--output", "c.csv", "--overwrite")
        assert ("each change is in the rows of seven dates" in result.stderr) is is_said
