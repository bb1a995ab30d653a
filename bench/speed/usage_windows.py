"""The usage windows against the plans that they replace, on the same rows, both with text and with integer keys."""

from datetime import date, timedelta
from pathlib import Path

from assets.dbt.build import environment_of
from contracts.dashboard import PRODUCTS

from .measuring import Contender, in_turn, measure, report
from .project import dbt_environment
from .tiers import Tier, connect, lake_files

POSITION = "partner_id, subscription_id, product"


def compiled_macro(first: date, last: date, work: Path) -> str:
    """The macro's SQL over the tables `usage` and `as_of_dates`."""
    file = work / "usage_windows.sql"

    def compile_inline() -> None:
        # Imported in the child alone: what dbt occupies is no part of the contenders' memory.
        from dbt.cli.main import dbtRunner

        with environment_of(dbt_environment(work, first, last)):
            call = "{{ usage_windows('usage', 'as_of_dates') }}"
            ended = dbtRunner().invoke(["--quiet", "--log-level", "none", "compile", "--inline", call])
        assert ended.success, ended.exception  # noqa: S101  a macro that does not compile is a bug
        file.write_text(str(ended.result.results[0].node.compiled_code))  # type: ignore[union-attr]

    measure(compile_inline)
    return file.read_text()


def lead_plan(first: date, last: date) -> str:
    """+1 on an activity's date, -1 after the window or on the next activity, and a running sum; all days at once."""
    look_back = first - timedelta(days=96)
    return f"""
        with activities as (
            select {POSITION}, activity_date,
                lead(activity_date) over (partition by {POSITION}, user_id order by activity_date) as next_date
            from usage where activity_date between date '{look_back}' and date '{last}'
        ),
        edges as (
            select {POSITION}, activity_date as change_date, 1 as change_7d, 1 as change_90d from activities
            union all
            select {POSITION}, least(activity_date + 7, next_date), -1, 0 from activities
            union all
            select {POSITION}, least(activity_date + 90, next_date), 0, -1 from activities
        ),
        changes as (
            select {POSITION}, change_date, sum(change_7d) as change_7d, sum(change_90d) as change_90d
            from edges group by all
        )
        select {POSITION}, change_date,
            sum(change_7d) over (partition by {POSITION} order by change_date) as used_licenses,
            sum(change_90d) over (partition by {POSITION} order by change_date) as used_licenses_90d
        from changes
    """


def newest_date_plan(day: date) -> str:
    """The newest date of each holder, up to the day and up to a week before; one as-of day alone."""
    week_before = day - timedelta(days=7)
    return f"""
        with holders as (
            select {POSITION}, user_id, max(activity_date) as newest,
                max(case when activity_date <= date '{week_before}' then activity_date end) as newest_before
            from usage where activity_date between date '{day}' - 96 and date '{day}' group by all
        )
        select {POSITION},
            count(case when newest > date '{day}' - 7 then 1 end),
            count(case when newest > date '{day}' - 90 then 1 end),
            count(case when newest_before > date '{week_before}' - 7 then 1 end),
            count(case when newest_before > date '{week_before}' - 90 then 1 end)
        from holders group by all
    """


def bench(tier: Tier, data: Path, runs: int) -> None:
    """Compare for one as-of day and for all days of the tier."""
    home = tier.loaded_home(data)
    keyed = _integer_keys(home)
    texts = f"select activity_date, {POSITION}, user_id from {lake_files(home, 'license_usage')}"
    sources = {
        "text keys": f"{texts} where product in {PRODUCTS}",
        "integer keys": f"select * from read_parquet('{keyed}')",
    }
    first = tier.last - timedelta(days=tier.days - 1)
    for name, usage in sources.items():
        one = compiled_macro(tier.last, tier.last, data / "dbt")
        samples = in_turn(
            {
                "newest date per holder": _query(newest_date_plan(tier.last), usage, tier.last, tier.last, data),
                "usage_windows": _query(one, usage, tier.last, tier.last, data),
            },
            runs,
        )
        report(f"Usage windows, one day, tier {tier.name}, {name}", samples, "newest date per holder")
        every = compiled_macro(first, tier.last, data / "dbt")
        samples = in_turn(
            {
                "lead": _query(lead_plan(first, tier.last), usage, first, tier.last, data),
                "usage_windows": _query(every, usage, first, tier.last, data),
            },
            runs,
        )
        report(f"Usage windows, all {tier.days} days, tier {tier.name}, {name}", samples, "lead")


def _query(sql: str, usage: str, first: date, last: date, data: Path) -> Contender:
    def run() -> None:
        with connect(data / "spill") as con:
            con.execute(f"create view usage as {usage}")
            con.execute(f"""
                create table as_of_dates as
                with requested as (
                    select cast(day as date) as day
                    from generate_series(date '{first}', date '{last}', interval 1 day) as days (day)
                )
                select day as as_of_date from requested union select day - 7 from requested
            """)
            con.execute(f"create temp table result as {sql}")

    return run


def _integer_keys(home: Path) -> Path:
    """The same usage with numbers for positions and holders, in one file."""
    file = home / "usage-integer-keys.parquet"
    if not file.exists():
        with connect(home / "spill") as con:
            con.execute(
                f"create view usage as select * from {lake_files(home, 'license_usage')} where product in {PRODUCTS}"
            )
            con.execute(f"""
                create table positions as
                select {POSITION}, cast(row_number() over () as integer) as number
                from (select distinct {POSITION} from usage)
            """)
            con.execute(f"""
                copy (
                    select activity_date, 1::tinyint as partner_id, number as subscription_id, 1::tinyint as product,
                        cast(dense_rank() over (order by user_id) as integer) as user_id
                    from usage inner join positions using ({POSITION}) order by activity_date
                ) to '{file}' (compression zstd)
            """)
    return file
