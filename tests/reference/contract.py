"""The raw contract and the columns of the marts and of the star beside them, typed out again from the specification."""

from typing import NamedTuple

from .decisions import columns as decisions


class Column(NamedTuple):
    """One contract column: kind is text, integer, decimal, date or boolean."""

    name: str
    kind: str
    required: bool = True


class Dataset(NamedTuple):
    """One dataset: its columns, its key, and the name of the date that its folder stands for."""

    name: str
    date_column: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_snapshot: bool = True


CUSTOMERS = Dataset(
    "customers",
    "snapshot_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("customer_name", "text"),
        Column("country_code", "text", required=False),
        Column("created_on", "date", required=False),
    ),
    ("partner_id", "customer_id"),
)
SUBSCRIPTIONS = Dataset(
    "subscriptions",
    "snapshot_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("subscription_id", "text"),
        Column("is_trial", "boolean"),
        Column("status", "text"),
        Column("start_date", "date"),
        Column("end_date", "date", required=False),
        Column("auto_renew", "boolean"),
    ),
    ("partner_id", "subscription_id"),
)
LICENSE_ASSIGNMENTS = Dataset(
    "license_assignments",
    "snapshot_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("subscription_id", "text"),
        Column("product", "text"),
        Column("license_code", "text"),
        Column("license_name", "text", required=False),
        Column("total_licenses", "integer"),
        Column("assigned_licenses", "integer"),
    ),
    ("partner_id", "subscription_id", "product", "license_code"),
)
LICENSE_USAGE = Dataset(
    "license_usage",
    "activity_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("subscription_id", "text"),
        Column("product", "text"),
        Column("user_id", "text"),
        Column("activity_count", "integer"),
    ),
    ("partner_id", "subscription_id", "product", "user_id"),
    is_snapshot=False,
)
CONTRACT_LINES = Dataset(
    "contract_lines",
    "snapshot_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("subscription_id", "text"),
        Column("product", "text"),
        Column("license_code", "text"),
        Column("currency", "text"),
        Column("unit_price_month", "decimal", required=False),
        Column("unit_cost_month", "decimal", required=False),
        Column("notice_days", "integer", required=False),
        Column("buying_model", "text", required=False),
        Column("growth_allowance", "decimal", required=False),
        Column("renewal_quantity", "integer", required=False),
    ),
    ("partner_id", "subscription_id", "product", "license_code"),
)
ACCOUNTS = Dataset(
    "accounts",
    "snapshot_date",
    (
        Column("partner_id", "text"),
        Column("customer_id", "text"),
        Column("owner", "text", required=False),
        Column("segment", "text", required=False),
        Column("sub_partner_id", "text", required=False),
    ),
    ("partner_id", "customer_id"),
)
SNAPSHOTS = (CUSTOMERS, SUBSCRIPTIONS, LICENSE_ASSIGNMENTS)
"""Those without which there is no as-of day."""
OPTIONAL = (CONTRACT_LINES, ACCOUNTS)
DATASETS = (*SNAPSHOTS, LICENSE_USAGE, *OPTIONAL)

STATUSES = ("active", "suspended", "cancelled", "expired", "pending")
PRODUCTS = ("meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other")
BUYING_MODELS = ("named_user", "active_user", "enterprise_agreement", "wholesale")
MAXIMUM = {"unit_price_month": 10**9, "unit_cost_month": 10**9, "notice_days": 3650, "growth_allowance": 10}
COUNT_MINIMUM = {
    "total_licenses": 0,
    "assigned_licenses": 0,
    "activity_count": 1,
    "renewal_quantity": 0,
    **dict.fromkeys(MAXIMUM, 0),
}

BIGINT, DOUBLE, DATE, VARCHAR, BOOLEAN = "BIGINT", "DOUBLE", "DATE", "VARCHAR", "BOOLEAN"
_MART_TYPES = {
    DATE: "as_of_date start_date end_date added_date expiration_date renewal_date snapshot_date created_on "
    "date_day month_start_date week_start_date " + decisions.DATES,
    VARCHAR: "partner_id product subscription_id customer_id customer_name subscription_label status peer_group "
    "customer_key subscription_key country_code product_name year_quarter year_month month_name iso_year_week day_name "
    + decisions.TEXTS,
    BOOLEAN: "is_trial auto_renew is_recently_added is_expiring is_renewing is_over_limit is_low_assignment "
    "is_managed is_weekend is_month_end is_quarter_end is_year_end " + decisions.FLAGS,
    DOUBLE: "assignment_ratio usage_ratio license_assignment_ratio license_usage_ratio assigned_ratio used_ratio "
    "license_usage_when_assigned_ratio used_of_assigned_ratio avg_license_overage peer_p25_ratio peer_median_ratio "
    + decisions.DOUBLES,
}
_TYPE_OF = {name: kind for kind, names in _MART_TYPES.items() for name in names.split()}

_KEY = "as_of_date partner_id "
_BY_PRODUCT = _KEY + "product "
_BY_SUBSCRIPTION = _BY_PRODUCT + "subscription_id customer_id customer_name subscription_label "
_SECTION_KPIS = "total_licenses assigned_licenses used_licenses license_assignment_ratio "
_NEARING_END = (
    "total_licenses used_licenses assigned_licenses assigned_unused_licenses available_licenses overage_licenses "
    "used_licenses_90d"
)
_PEERS = "peer_group peer_count peer_p25_ratio peer_median_ratio"
_MARTS = {
    "license_positions": _BY_SUBSCRIPTION + "is_trial status start_date end_date auto_renew "
    "total_licenses assigned_licenses used_licenses used_licenses_90d assigned_unused_licenses available_licenses "
    "overage_licenses assignment_ratio usage_ratio weekly_assignment_change weekly_usage_change days_since_added "
    "months_since_added days_until_end months_remaining snapshot_date usage_days_loaded "
    "is_recently_added is_expiring is_renewing is_over_limit is_low_assignment " + _PEERS,
    "portfolio_kpis": _KEY + "total_customers nearing_expiration_customers nearing_renewal_customers "
    "low_assignment_customers over_limit_customers managed_customers",
    "license_distribution_trend": _BY_PRODUCT + "customers subscriptions total_licenses assigned_licenses "
    "used_licenses assigned_unused_licenses available_licenses overage_licenses assignment_ratio usage_ratio",
    "recently_added_kpis": _BY_PRODUCT + "new_customers total_licenses",
    "recently_added_subscriptions": _BY_SUBSCRIPTION + "is_trial added_date days_since_added total_licenses "
    "used_licenses assigned_licenses assigned_unused_licenses available_licenses overage_licenses "
    "weekly_assignment_change weekly_usage_change",
    "expiring_kpis": _BY_PRODUCT + "expiring_customers " + _SECTION_KPIS + "license_usage_ratio",
    "expiring_subscriptions": _BY_SUBSCRIPTION + "is_trial expiration_date days_until_expiration " + _NEARING_END,
    "renewing_kpis": _BY_PRODUCT + "renewing_customers " + _SECTION_KPIS + "license_usage_ratio",
    "renewing_subscriptions": _BY_SUBSCRIPTION + "renewal_date days_until_renewal " + _NEARING_END,
    "low_assignment_kpis": _BY_PRODUCT
    + "low_assignment_customers "
    + _SECTION_KPIS
    + "license_usage_when_assigned_ratio used_of_assigned_ratio total_unassigned_licenses",
    "low_assignment_subscriptions": _BY_SUBSCRIPTION + "is_trial months_since_added total_licenses used_licenses "
    "assigned_licenses assigned_unused_licenses available_licenses assigned_ratio weekly_assignment_change " + _PEERS,
    "overage_kpis": _BY_PRODUCT + "customers_with_overages total_licenses_in_overage avg_license_overage",
    "overage_subscriptions": _BY_SUBSCRIPTION + "is_trial end_date months_remaining auto_renew total_licenses "
    "assigned_licenses assigned_ratio used_licenses used_ratio overage_licenses",
    "fct_license_positions": _BY_PRODUCT + "subscription_id customer_id subscription_key customer_key "
    "total_licenses assigned_licenses used_licenses used_licenses_90d assigned_unused_licenses available_licenses "
    "overage_licenses weekly_assignment_change weekly_usage_change days_since_added days_until_end "
    "is_recently_added is_expiring is_renewing is_low_assignment is_over_limit",
    "dim_customers": _KEY + "customer_key customer_id customer_name country_code created_on is_managed",
    "dim_subscriptions": _KEY + "subscription_key subscription_id customer_key customer_id subscription_label is_trial "
    "status start_date end_date auto_renew",
}
_CONSTANTS = {
    "dim_dates": "date_day year quarter month year_quarter year_month month_name month_start_date iso_year iso_week "
    "iso_year_week week_start_date day_of_month day_of_year day_of_week day_name is_weekend is_month_end "
    "is_quarter_end is_year_end",
    "dim_products": "product product_name sort_order",
}
_MARTS |= decisions.DECISIONS
_MARTS |= {mart: f"{_MARTS[mart]} {added}" for mart, added in decisions.ADDED.items()}
#: mart -> its columns in order, each with its DuckDB type. What is no date, text, boolean or ratio is a count.
MART_COLUMNS = {mart: {name: _TYPE_OF.get(name, BIGINT) for name in names.split()} for mart, names in _MARTS.items()}
#: mart -> the columns that name one row.
MART_GRAIN = {
    mart: [
        name
        for name in ("as_of_date", "partner_id", "product", "subscription_id", decisions.OWN_GRAIN.get(mart))
        if name in columns
    ]
    for mart, columns in MART_COLUMNS.items()
} | {
    "dim_customers": ["as_of_date", "partner_id", "customer_id"],
    "dim_dates": ["date_day"],
    "dim_products": ["product"],
}
#: table -> its columns, of the tables of schema marts that are the same on every date.
CONSTANT_COLUMNS = {
    table: {name: _TYPE_OF.get(name, BIGINT) for name in names.split()} for table, names in _CONSTANTS.items()
}
