"""`meta.freshness` of a published file: newest days and limits, and ages by the query that the pages name."""

from datetime import datetime

import duckdb

from planning.freshness import FreshnessLimits
from storage.publication.publication import publish
from tests.records import loaded

from .small_marts import days, fill, read, request


def test_the_published_table_holds_days_and_limits_and_the_documented_query_their_age(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10, (days(1)[0], "p"): 20, (days(0)[0], "q"): 30})
    ingestion = [loaded("customers", days(1)[0], p=1), loaded("customers", days(0)[0], p=1, q=1)]
    published = publish(
        request(warehouse, days(0, 1), ingestion=ingestion, freshness_limits=FreshnessLimits(5, 2)),
    )
    then, first, second = published.published_at, datetime(2026, 1, 31, 4), datetime(2026, 2, 1, 4)  # noqa: DTZ001
    assert read(serving, "from meta.freshness") == [
        ("publication", None, None, days(1)[0], then, 2),
        ("publication", None, "p", days(1)[0], then, 2),
        ("publication", None, "q", days(0)[0], then, 2),
        ("feed", "customers", None, days(1)[0], second, 5),
        ("feed", "customers", "p", days(1)[0], second, 5),
        ("feed", "customers", "q", days(0)[0], first, 5),
    ]
    with duckdb.connect(str(serving / "portfolio.duckdb"), read_only=True) as connection:
        # The query of docs/marts.md, asked when 2026-02-02 was not over in UTC.
        query = "select cast({now} at time zone 'UTC' as date) - 1 - newest_date as age_days from meta.freshness"
        asked = query.format(now="timestamptz '2026-02-03 01:00:00+02'")
        assert connection.execute(asked).fetchall() == [(1,), (1,), (2,), (1,), (1,), (2,)]
        assert connection.execute(query.format(now="now()")).fetchall()[0][0] > 0
