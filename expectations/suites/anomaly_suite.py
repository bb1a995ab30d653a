"""What is expected of a partition beside the contract: how it may differ from the partner's earlier partitions."""

from dataclasses import dataclass

from expectations.contract import CUSTOMERS, DATASETS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SUBSCRIPTIONS, Dataset
from expectations.suites import Rule, Suite

ROW_COUNT = "row_count"
CUSTOMERS_LOST = "customers_lost"
SUBSCRIPTIONS_LOST = "subscriptions_lost"
LICENSES_FALLEN = "licenses_fallen"
USAGE_WEEKDAY = "usage_weekday"
PRODUCT_SHARES = "product_shares"
LICENSE_CODES = "license_codes"

HISTORY_DAYS = 56
"""How far back partitions are compared: eight of each weekday."""
FEW = 3
"""Customers, subscriptions or licences that have to be gone for a loss to block where there are few rows: one or two
come and go in a small portfolio every day."""


@dataclass(frozen=True)
class Thresholds:
    """From which value on a check fails, as shares; and how much history a check needs to do more than inform."""

    # A feed rarely moves by two fifths from one week to the next; four fifths less is a file that was cut off.
    row_count_warn: float = 0.4
    row_count_block: float = 0.8
    customers_lost_warn: float = 0.1
    customers_lost_block: float = 0.5
    subscriptions_lost_block: float = 0.5
    licenses_fallen_block: float = 0.5
    product_share_warn: float = 0.2
    # With less history a median says little, and in a small portfolio one customer is a large share.
    min_days: int = 4
    min_rows: int = 100


@dataclass(frozen=True)
class AnomalyCheck:
    """One check: what it compares, in one sentence, and the datasets whose partitions it looks at."""

    name: str
    meaning: str
    datasets: tuple[Dataset, ...]
    warn_at: str | None
    """The threshold's name; None where the check never warns."""
    block_at: str | None = None


CHECKS = (
    AnomalyCheck(
        ROW_COUNT,
        "A partner's rows, against the median of the same weekday.",
        tuple(DATASETS.values()),
        "row_count_warn",
        "row_count_block",
    ),
    AnomalyCheck(
        CUSTOMERS_LOST,
        "The share of a partner's customers that were in the snapshot before and are not in this one.",
        (CUSTOMERS,),
        "customers_lost_warn",
        "customers_lost_block",
    ),
    AnomalyCheck(
        SUBSCRIPTIONS_LOST,
        "The share of a partner's subscriptions that were in the snapshot before and are not in this one.",
        (SUBSCRIPTIONS,),
        None,
        "subscriptions_lost_block",
    ),
    AnomalyCheck(
        LICENSES_FALLEN,
        "A partner's licences in all, against the snapshot before: half are gone, or none is assigned any more.",
        (LICENSE_ASSIGNMENTS,),
        None,
        "licenses_fallen_block",
    ),
    AnomalyCheck(
        USAGE_WEEKDAY,
        "Usage on a weekday on which the partner never has any.",
        (LICENSE_USAGE,),
        "any",
    ),
    AnomalyCheck(
        PRODUCT_SHARES,
        "Each product's share of a partner's licences or usage, against the median of the same weekday.",
        (LICENSE_ASSIGNMENTS, LICENSE_USAGE),
        "product_share_warn",
    ),
    AnomalyCheck(
        LICENSE_CODES,
        "Licence codes that none of the partner's earlier snapshots has.",
        (LICENSE_ASSIGNMENTS,),
        "any",
    ),
)


def checks_for(dataset: Dataset) -> tuple[AnomalyCheck, ...]:
    """The checks that a dataset's partitions go through."""
    return tuple(check for check in CHECKS if dataset in check.datasets)


def blocking_column(name: str) -> str:
    """The frame's column that decides whether a check blocks."""
    return f"{name}_to_block"


def anomaly_suite(thresholds: Thresholds) -> Suite:
    """A rule for each threshold, over a frame with a column for each check and one more where it may block.

    A value counts by its size, whatever its sign; the threshold itself fails.
    """
    rules = []
    for check in CHECKS:
        if check.warn_at is not None:
            rules.append(_stays_below(check.name, _limit(thresholds, check.warn_at)))
        if check.block_at is not None:
            rules.append(_stays_below(blocking_column(check.name), _limit(thresholds, check.block_at)))
    return Suite("anomalies", tuple(rules))


def block_limit(name: str, thresholds: Thresholds) -> float | None:
    """The value from which on a check blocks; None where it never does."""
    (check,) = [check for check in CHECKS if check.name == name]
    return None if check.block_at is None else _limit(thresholds, check.block_at)


def _limit(thresholds: Thresholds, name: str) -> float:
    return 1 if name == "any" else float(getattr(thresholds, name))


def _stays_below(column: str, limit: float) -> Rule:
    arguments = {"column": column, "min_value": -limit, "max_value": limit, "strict_min": True, "strict_max": True}
    return Rule("expect_column_values_to_be_between", arguments, f"{column} is between -{limit:g} and {limit:g}")
