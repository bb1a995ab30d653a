"""A home that has published days, and what a schedule or sensor asks to run."""

import duckdb


def publish(home, days, provisional=None):
    """A published file that holds the days; a stand-in for what the publication asset writes."""
    (home / "serving").mkdir(exist_ok=True)
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.portfolio_kpis (as_of_date date)")
        connection.executemany("insert into marts.portfolio_kpis values (?)", [[when] for when in days])
        connection.execute("create schema meta")
        connection.execute(
            "create table meta.publication as select 'p' as publication_id, timestamp '2026-03-20' as published_at,"
            " ?::date as first_as_of_date, ?::date as last_as_of_date, '1' as contract_version, null as git_revision,"
            " ?::date as provisional_as_of_date",
            [min(days), max(days), provisional],
        )


def requested(result):
    return [
        (request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"])
        for request in result.run_requests
    ]
