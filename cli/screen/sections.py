"""What the dashboard shows: the KPIs and the table of each section, by the columns of its marts."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a figure is written."""

    COUNT = "count"
    RATIO = "ratio"
    CHANGE = "change"
    AVERAGE = "average"
    TEXT = "text"
    WORDS = "words"
    """One of a mart's fixed values."""
    PRODUCT = "product"
    MONEY = "money"
    """An amount in the row's currency."""
    AMOUNT = "amount"
    """An amount whose currency stands in another column."""


@dataclass(frozen=True)
class Figure:
    """A mart column with its heading."""

    column: str
    title: str
    kind: Kind = Kind.COUNT
    wide: bool = False
    """Shown only where there is room."""
    optional: bool = False
    """Shown only where a row has one."""
    meaning: str = ""
    """What it means, where it is no mart's column: those explain themselves."""


@dataclass(frozen=True)
class Section:
    """A section of the dashboard."""

    slug: str
    title: str
    explanation: str
    kpi_mart: str
    kpis: tuple[Figure, ...]
    table_mart: str
    columns: tuple[Figure, ...]
    """Columns of the table beside customer, subscription and the licence figures."""
    order: str


PORTFOLIO_KPIS = (
    Figure("total_customers", "customers with licences"),
    Figure("nearing_expiration_customers", "nearing expiration"),
    Figure("nearing_renewal_customers", "nearing renewal"),
    Figure("low_assignment_customers", "with low assignment"),
    Figure("over_limit_customers", "over their limit"),
    Figure("managed_customers", "managed customers"),
)

LICENCES = (
    Figure("used_licenses", "Used"),
    Figure("assigned_licenses", "Assigned"),
    Figure("total_licenses", "Total"),
)
"""What a bar draws, beside it."""
_LICENCES = (
    Figure("total_licenses", "Licences"),
    Figure("assigned_licenses", "Assigned"),
    Figure("used_licenses", "Used"),
)
_ASSIGNMENT = Figure("license_assignment_ratio", "Assignment", Kind.RATIO)
_USAGE = Figure("license_usage_ratio", "Usage", Kind.RATIO)

SECTIONS = (
    Section(
        "recently-added",
        "Recently added",
        "subscriptions added not long ago",
        "recently_added_kpis",
        (Figure("new_customers", "New customers"), Figure("total_licenses", "Licences")),
        "recently_added_subscriptions",
        (
            Figure("added_date", "Added", Kind.TEXT, wide=True),
            Figure("days_since_added", "Days"),
            Figure("weekly_assignment_change", "±Asgd", Kind.CHANGE, wide=True),
            Figure("weekly_usage_change", "±Used", Kind.CHANGE, wide=True),
        ),
        "days_since_added, customer_name, subscription_id",
    ),
    Section(
        "expiring",
        "Expiring",
        "trials, and subscriptions without auto-renewal, that end soon",
        "expiring_kpis",
        (Figure("expiring_customers", "Customers"), *_LICENCES, _ASSIGNMENT, _USAGE),
        "expiring_subscriptions",
        (
            Figure("expiration_date", "Ends", Kind.TEXT, wide=True),
            Figure("days_until_expiration", "Days"),
            Figure("used_licenses_90d", "Used 90 d", wide=True),
        ),
        "days_until_expiration, customer_name, subscription_id",
    ),
    Section(
        "renewing",
        "Renewing",
        "subscriptions with auto-renewal whose term ends soon",
        "renewing_kpis",
        (Figure("renewing_customers", "Customers"), *_LICENCES, _ASSIGNMENT, _USAGE),
        "renewing_subscriptions",
        (
            Figure("renewal_date", "Renews", Kind.TEXT, wide=True),
            Figure("days_until_renewal", "Days"),
            Figure("used_licenses_90d", "Used 90 d", wide=True),
        ),
        "days_until_renewal, customer_name, subscription_id",
    ),
    Section(
        "low-assignment",
        "Low assignment",
        "far fewer licences assigned than among their peers",
        "low_assignment_kpis",
        (
            Figure("low_assignment_customers", "Customers"),
            *_LICENCES,
            _ASSIGNMENT,
            Figure("license_usage_when_assigned_ratio", "Usage", Kind.RATIO),
            Figure("used_of_assigned_ratio", "Used of assigned", Kind.RATIO, wide=True),
            Figure("total_unassigned_licenses", "Unassigned"),
        ),
        "low_assignment_subscriptions",
        (
            Figure("assigned_ratio", "Share", Kind.RATIO),
            Figure("peer_median_ratio", "Peers' median", Kind.RATIO, wide=True),
            Figure("peer_group", "Peers", Kind.TEXT, wide=True),
            Figure("months_since_added", "Months", wide=True),
            Figure("weekly_assignment_change", "±Asgd", Kind.CHANGE, wide=True),
        ),
        "available_licenses desc, customer_name, subscription_id",
    ),
    Section(
        "over-limit",
        "Over the limit",
        "subscriptions with more licences assigned than purchased",
        "overage_kpis",
        (
            Figure("customers_with_overages", "Customers"),
            Figure("total_licenses_in_overage", "Licences in overage"),
            Figure("avg_license_overage", "Overage per customer", Kind.AVERAGE),
        ),
        "overage_subscriptions",
        (
            Figure("overage_licenses", "Over", Kind.CHANGE),
            Figure("assigned_ratio", "Assigned %", Kind.RATIO, wide=True),
            Figure("used_ratio", "Used %", Kind.RATIO, wide=True),
            Figure("end_date", "Ends", Kind.TEXT, wide=True),
            Figure("months_remaining", "Months left", wide=True),
        ),
        "overage_licenses desc, customer_name, subscription_id",
    ),
)
TREND_COLUMNS = (
    Figure("customers", "Customers", wide=True),
    Figure("subscriptions", "Subscr.", wide=True),
    *LICENCES,
    Figure("available_licenses", "Available", wide=True),
    Figure("overage_licenses", "Over", wide=True),
    Figure("assignment_ratio", "Assignment", Kind.RATIO),
    Figure("usage_ratio", "Usage", Kind.RATIO),
)
