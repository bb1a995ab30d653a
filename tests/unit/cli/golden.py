"""The golden portfolio's marts, worked out by hand, as a publication; and money and owners put into it."""

import re
from functools import cache
from pathlib import Path

import duckdb
from click.testing import Result

from ...reference.comparing import NEVER_NULL
from ...reference.contract import MART_COLUMNS

MARTS = Path(__file__).parents[2] / "golden" / "marts"
ANN = ("0101", "0104")
"""Of partner north, whom `with_terms` gives to Ann, in segment SMB; Bo O'Neil has the next ones."""
BO = ("0102", "0105")
NORTH = ("--partner", "north")


def publish(path: Path) -> None:
    """Write a publication of the golden portfolio: two partners and days, neither owners nor terms."""
    path.parent.mkdir(parents=True)
    path.write_bytes(_published())


@cache
def _published() -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "portfolio.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute("create schema marts; create schema meta")
            con.execute(
                "create table meta.publication as select 'pub-1' as publication_id, '1.2' as contract_version,"
                " date '2024-05-30' as first_as_of_date, date '2024-05-31' as last_as_of_date"
            )
            for mart, columns in MART_COLUMNS.items():
                rows = f"read_csv('{MARTS / f'{mart}.csv'}', columns = {columns}, header = true)"
                con.execute(f"create table marts.{mart} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
                con.execute(f"insert into marts.{mart} select * from {rows}")
                for column in NEVER_NULL & columns.keys():
                    con.execute(f"update marts.{mart} set {column} = coalesce({column}, '')")
        return path.read_bytes()


def with_terms(path: Path) -> None:
    """Give north's customers owners and segments, and some of its rows of 2024-05-31 money in two currencies."""
    north = "partner_id = 'north'"
    with duckdb.connect(str(path)) as con:
        for mart, columns in MART_COLUMNS.items():
            if "owner" in columns:
                con.execute(f"update marts.{mart} set owner = 'Ann' where {north} and customer_id in {ANN}")
                con.execute(f"update marts.{mart} set owner = 'Bo O''Neil' where {north} and customer_id in {BO}")
            if "segment" in columns:
                con.execute(f"update marts.{mart} set segment = 'SMB' where {north} and customer_id in {ANN}")
        day = f"{north} and as_of_date = date '2024-05-31'"
        for subscription, currency, value in (("N-01", "EUR", 1200.5), ("N-02", "USD", 300), ("N-06", "EUR", 4000)):
            for mart in ("renewal_worklist", "license_positions", "next_actions"):
                con.execute(
                    f"update marts.{mart} set currency = '{currency}', value_12m = {value}"
                    f" where {day} and subscription_id = '{subscription}' and product = 'meetings'"
                )


def change(home: Path, *statements: str) -> None:
    """Run statements in the publication of a home folder."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as con:
        for statement in statements:
            con.execute(statement)


def text(result: Result) -> str:
    """What a command printed that ended well."""
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return result.output


def table(result: Result, first: str) -> list[list[str]]:
    """The cells of the table that has a heading, row by row; cells are two spaces apart."""
    lines = text(result).splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith(first))
    rows = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return rows
