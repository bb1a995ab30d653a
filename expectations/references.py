"""References between datasets that lead nowhere, or to somebody else. They only warn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from expectations.contract import (
    ACCOUNTS,
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    SUBSCRIPTIONS,
    Dataset,
)
from expectations.results import RAW, CheckResult, Severity
from expectations.windows import LONG_USED_WINDOW_DAYS

REUSED = "subscriptions_keep_their_customer"
"""The check of subscription ids that another customer took over, as in the dbt project."""
_SAMPLE = 5


@dataclass(frozen=True)
class Reference:
    """Columns of a dataset that, with the partner, name a row of a snapshot; they are called the same there."""

    dataset: Dataset
    columns: tuple[str, ...]
    to: Dataset

    @property
    def check_name(self) -> str:
        """The check, as in the dbt project."""
        return f"{self.dataset.name}_refer_to_{self.to.name}"


REFERENCES = (
    Reference(SUBSCRIPTIONS, ("customer_id",), CUSTOMERS),
    Reference(LICENSE_ASSIGNMENTS, ("subscription_id",), SUBSCRIPTIONS),
    Reference(LICENSE_USAGE, ("subscription_id",), SUBSCRIPTIONS),
    Reference(CONTRACT_LINES, ("customer_id",), CUSTOMERS),
    Reference(CONTRACT_LINES, ("subscription_id", "product", "license_code"), LICENSE_ASSIGNMENTS),
    Reference(ACCOUNTS, ("customer_id",), CUSTOMERS),
)


def reference_results(con: duckdb.DuckDBPyConnection, reference: Reference) -> Iterator[CheckResult]:
    """A failed result for each day with references that lead nowhere, over the views `raw.<dataset>`.

    A partner without any row in that day's snapshot is not asked: its snapshot is lost and bridged, not incomplete.
    """
    columns, day = ", ".join(reference.columns), reference.dataset.date_column
    named = ", ".join(f"'{name}': {name}" for name in ("partner_id", *reference.columns))
    found = con.execute(f"""
        with referring as (
            select {day} as day, partner_id, {columns}, count(*) as referring_rows
            from raw.{reference.dataset.name} group by all
        ),
        known as (select distinct snapshot_date as day, partner_id, {columns} from raw.{reference.to.name}),
        lost as (
            select * from referring anti join known using (day, partner_id, {columns})
            semi join (select distinct day, partner_id from known) as delivered using (day, partner_id)
        )
        select day, count(*), sum(referring_rows)::bigint,
            arg_min({{{named}}}, (partner_id, {columns}), {_SAMPLE})
        from lost group by day order by day
    """).fetchall()
    for when, targets, rows, sample in found:
        message = f"{columns} not in {reference.to.name}: {targets:,} (rows: {rows:,})"
        yield _warning(reference.dataset, reference.check_name, when, message, targets, sample)


def reused_results(con: duckdb.DuckDBPyConnection) -> Iterator[CheckResult]:
    """A failed result for each day whose subscriptions were used by holders of another customer shortly before.

    Over the views `raw.<dataset>`. A subscription id that another customer took over brings the earlier one's users.
    """
    found = con.execute(f"""
        with used as (
            select partner_id, subscription_id, customer_id as used_by, activity_date
            from raw.license_usage group by all
        ),
        reused as (
            select distinct snapshot_date as day, partner_id, subscription_id, customer_id, used_by
            from raw.subscriptions join used using (partner_id, subscription_id)
            where customer_id <> used_by
                and activity_date between snapshot_date - {LONG_USED_WINDOW_DAYS - 1} and snapshot_date
        )
        select day, count(distinct (partner_id, subscription_id)), arg_min(
            {{'partner_id': partner_id, 'subscription_id': subscription_id, 'customer_id': customer_id,
            'used_by_customer_id': used_by}}, (partner_id, subscription_id, used_by), {_SAMPLE})
        from reused group by day order by day
    """).fetchall()
    for day, subscriptions, sample in found:
        message = f"used by another customer's holders in the {LONG_USED_WINDOW_DAYS} days before: {subscriptions:,}"
        yield _warning(SUBSCRIPTIONS, REUSED, day, message, subscriptions, sample)


def _warning(
    dataset: Dataset, check: str, day: date, message: str, failures: int, sample: Iterable[Mapping[str, str]]
) -> CheckResult:
    """The failed result of one day."""
    return CheckResult(
        asset=RAW + dataset.name,
        check_name=check,
        first_date=day,
        last_date=day,
        severity=Severity.WARN,
        passed=False,
        message=message,
        failures=failures,
        sample=tuple(sample),
    )
