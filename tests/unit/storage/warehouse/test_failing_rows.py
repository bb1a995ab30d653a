"""The rows that a check's query finds: their days, and a few of them without a licence holder's key."""

from datetime import date

import duckdb

from storage.warehouse.failing_rows import SAMPLE_ROWS, failing_rows
from storage.warehouse.queries import DuckDBQueries


def test_days_in_order_and_a_few_rows_as_texts() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table found as select date '2026-05-01' + (n % 3)::int as as_of_date, 'p' as partner_id,"
            " null as ratio, n::bigint as user_id from range(12) as numbers (n)"
        )
        found = failing_rows(DuckDBQueries(connection), "select * from found")
    assert found.days == (date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3))
    assert len(found.sample) == SAMPLE_ROWS
    assert found.sample[0] == {"as_of_date": "2026-05-01", "partner_id": "p", "ratio": ""}


def test_rows_that_tell_no_day_or_lack_it() -> None:
    with duckdb.connect() as connection:
        assert failing_rows(DuckDBQueries(connection), "select 1 as n").days == ()
        found = failing_rows(DuckDBQueries(connection), "select null::date as snapshot_date, 'c' as customer_id")
    assert (found.days, found.sample) == ((), ({"snapshot_date": "", "customer_id": "c"},))
