"""Damage to a built warehouse: a statement, and at least which tests have to find it."""

from datetime import date

BUILT = date(2024, 3, 29)
"""The as-of date that is built."""

DAMAGES = {
    "a position twice": (
        "insert into marts.license_positions from marts.license_positions limit 1",
        {"license_positions_grain"},
    ),
    "another product": (
        "update marts.license_positions set product = 'messaging'",
        {"license_positions_product_values"},
    ),
    "another status": ("update marts.license_positions set status = 'pending'", {"license_positions_status_values"}),
    "bars that do not add up": (
        "update marts.license_positions set available_licenses = available_licenses + 1",
        {"license_positions_identities", "license_distribution_trend_adds_up"},
    ),
    "assigned bars that do not add up": (
        "update marts.license_positions set assigned_unused_licenses = assigned_unused_licenses + 1",
        {"license_positions_identities", "license_distribution_trend_adds_up"},
    ),
    "expiring and renewing": (
        "update marts.license_positions set is_expiring = true, is_renewing = true",
        {
            "license_positions_identities",
            "expiring_subscriptions_lists_its_positions",
            "renewing_subscriptions_lists_its_positions",
            "portfolio_kpis_adds_up",
        },
    ),
    "licences that a position gained": (
        "update marts.license_positions set total_licenses = total_licenses + 1",
        {
            "license_positions_account_for_licenses",
            "license_positions_identities",
            "license_positions_ratios",
            "license_distribution_trend_adds_up",
            *(f"{name}_subscriptions_lists_its_positions" for name in ("expiring", "renewing", "recently_added")),
        },
    ),
    "licences that a snapshot gained after the build": (
        "update raw.license_assignments set assigned_licenses = assigned_licenses + 1",
        {"license_positions_account_for_licenses"},
    ),
    "subscriptions that ended and still have positions": (
        "update raw.subscriptions set status = 'cancelled'",
        {"license_positions_account_for_licenses"},
    ),
    "a position's ratio": (
        "update marts.license_positions set usage_ratio = 0.123",
        {"license_positions_ratios"},
    ),
    "a ratio that is unknown": (
        "update marts.license_distribution_trend set assignment_ratio = null",
        {"license_distribution_trend_ratios"},
    ),
    "a head figure": (
        "update marts.portfolio_kpis set total_customers = total_customers + 1",
        {"portfolio_kpis_adds_up"},
    ),
    "more customers in a section than there are": (
        "update marts.portfolio_kpis set over_limit_customers = total_customers + 1",
        {"portfolio_kpis_identities", "portfolio_kpis_adds_up"},
    ),
    "customers of the snapshot": (
        "update marts.portfolio_kpis set managed_customers = managed_customers - 1",
        {"portfolio_kpis_is_complete"},
    ),
    "a partner missing everywhere": (
        "delete from marts.portfolio_kpis where partner_id = (select min(partner_id) from marts.portfolio_kpis)",
        {"portfolio_kpis_is_complete", "license_distribution_trend_is_complete"},
    ),
    "a total of the trend": (
        "update marts.license_distribution_trend set used_licenses = used_licenses + 1",
        {"license_distribution_trend_adds_up", "license_distribution_trend_ratios"},
    ),
}
DAMAGES |= {
    "star: a figure of the fact": (
        "update marts.fct_license_positions set used_licenses = used_licenses + 1",
        {"fct_license_positions_are_the_positions"},
    ),
    "star: a customer that facts and subscriptions refer to": (
        "delete from marts.dim_customers where customer_key in (select customer_key from marts.fct_license_positions)",
        {"fct_license_positions_finds_its_customers", "dim_subscriptions_finds_its_customers"},
    ),
    "star: a subscription that facts refer to": (
        "delete from marts.dim_subscriptions",
        {"fct_license_positions_finds_its_subscriptions"},
    ),
    "star: a product": ("delete from marts.dim_products", {"fct_license_positions_finds_its_products"}),
    "star: a date twice": ("insert into marts.dim_dates from marts.dim_dates limit 1", {"dim_dates_grain"}),
    "star: no dates": ("delete from marts.dim_dates", {"fct_license_positions_finds_its_dates"}),
    "star: a product twice": ("insert into marts.dim_products from marts.dim_products limit 1", {"dim_products_grain"}),
    "star: one key for two customers": (
        "update marts.dim_customers set customer_key = 'p|a'",
        {"dim_customers_customer_key_is_unique"},
    ),
    "star: one key for two subscriptions": (
        "update marts.dim_subscriptions set subscription_key = 'p|a'",
        {"dim_subscriptions_subscription_key_is_unique"},
    ),
}
FORWARD = (
    "insert into marts.true_forward by name select as_of_date, partner_id, product, subscription_id, customer_id,"
    " customer_name, subscription_label, total_licenses, assigned_licenses, 0.2 as growth_allowance,"
    " as_of_date + 60 as true_forward_date, as_of_date + 30 as measured_on, 30 as days_until_measured,"
    " total_licenses as allowed_licenses, false as is_overconsumed, 1 as licenses_to_free, 0 as exposure_licenses"
    " from marts.license_positions limit 1"
)
MARTS_OF_DECISIONS = (
    *("retention", "renewal_outcomes", "portfolio_changes", "overage_risk", "forecast_skill", "customer_overview"),
    "next_actions",
)
DAMAGES |= {
    f"{mart}: a row twice": (f"insert into marts.{mart} from marts.{mart} limit 1", {f"{mart}_grain"})
    for mart in MARTS_OF_DECISIONS
}
DAMAGES |= {
    f"{mart}: a name": (f"update marts.{mart} set customer_name = 'Another'", {f"{mart}_lists_its_positions"})
    for mart in ("portfolio_changes", "overage_risk", "next_actions")
}
DAMAGES |= {
    "true_forward: a position without an agreement": (
        FORWARD,
        {"true_forward_lists_its_positions", "true_forward_identities"},
    ),
    "retention: a product missing": (
        "delete from marts.retention where product = 'calling'",
        {"retention_is_complete"},
    ),
    "retention: customers without licences": (
        "update marts.retention set base_customers = 4, retained_customers = 2",
        {"retention_identities", "retention_ratios"},
    ),
    "renewal_outcomes: licences that nobody gained": (
        "update marts.renewal_outcomes set license_change = license_change + 1",
        {"renewal_outcomes_identities"},
    ),
    "renewal_outcomes: another outcome": (
        "update marts.renewal_outcomes set outcome = 'forgotten'",
        {"renewal_outcomes_outcome_values"},
    ),
    "renewal_outcomes: a ratio": (
        "update marts.renewal_outcomes set assignment_ratio = 9",
        {"renewal_outcomes_ratios"},
    ),
    "portfolio_changes: none": ("delete from marts.portfolio_changes", {"renewal_outcomes_are_changes"}),
    "portfolio_changes: another kind": (
        "update marts.portfolio_changes set change = 'moved'",
        {"portfolio_changes_change_values"},
    ),
    "portfolio_changes: licences that a flag gained": (
        "update marts.portfolio_changes set license_change = 7",
        {"portfolio_changes_identities"},
    ),
    "overage_risk: a position missing": (
        "delete from marts.overage_risk where subscription_id = (select min(subscription_id) from marts.overage_risk)",
        {"overage_risk_lists_its_positions"},
    ),
    "overage_risk: more that are alike than there are": (
        "update marts.overage_risk set similar_positions = cohort_positions + 1",
        {"overage_risk_identities"},
    ),
    "overage_risk: another band": (
        "update marts.overage_risk set headroom_band = 'none', growth_band = 'steep'",
        {"overage_risk_headroom_band_values", "overage_risk_growth_band_values", "overage_risk_identities"},
    ),
    "forecast_skill: a partner missing": (
        "delete from marts.forecast_skill where partner_id = (select min(partner_id) from marts.forecast_skill)",
        {"forecast_skill_is_complete"},
    ),
    "forecast_skill: positions without a score": (
        "update marts.forecast_skill set positions = 3",
        {"forecast_skill_identities"},
    ),
    "customer_overview: a figure": (
        "update marts.customer_overview set used_licenses = used_licenses + 1",
        {"customer_overview_adds_up", "customer_overview_ratios"},
    ),
    "customer_overview: a sum that is unknown": (
        "update marts.customer_overview set total_licenses = null",
        {"customer_overview_adds_up"},
    ),
    "customer_overview: more trials than subscriptions": (
        "update marts.customer_overview set trials = subscriptions + 1",
        {"customer_overview_identities", "customer_overview_adds_up"},
    ),
    "next_actions: another place": ("update marts.next_actions set priority = 7", {"next_actions_identities"}),
    "next_actions: another action": (
        "update marts.next_actions set action = 'wait'",
        {"next_actions_action_values", "next_actions_identities"},
    ),
}
SECTIONS = {
    "expiring": "total_licenses",
    "renewing": "assigned_licenses",
    "low_assignment": "total_unassigned_licenses",
    "overage": "total_licenses_in_overage",
    "recently_added": "new_customers",
}
for section, figure in SECTIONS.items():
    kpis, listed = f"{section}_kpis", f"{section}_subscriptions"
    DAMAGES |= {
        f"{section}: a figure": (f"update marts.{kpis} set {figure} = {figure} + 1", {f"{kpis}_adds_up"}),
        # The positions are as they were: the KPIs are held to the section's table, and the table to them.
        f"{section}: its table": (f"delete from marts.{listed}", {f"{kpis}_adds_up", f"{listed}_lists_its_positions"}),
        f"{section}: a name in its table": (
            f"update marts.{listed} set customer_name = 'Another'",
            {f"{listed}_lists_its_positions"},
        ),
        f"{section}: a row twice": (
            f"insert into marts.{listed} from marts.{listed} limit 1",
            {f"{listed}_grain", f"{kpis}_adds_up"},
        ),
        f"{section}: a KPI row missing": (
            f"delete from marts.{kpis} where product = 'calling'",
            {f"{kpis}_is_complete"},
        ),
        f"{section}: a KPI row of no partner": (
            f"update marts.{kpis} set partner_id = 'nobody'",
            {f"{kpis}_is_complete", f"{kpis}_adds_up"},
        ),
        f"{section}: a KPI row of another product": (
            f"insert into marts.{kpis} by name select * replace ('devices' as product) from marts.{kpis} limit 1",
            {f"{kpis}_is_complete"},
        ),
    }
for mart, ratio in {
    "expiring_kpis": "license_usage_ratio",
    "renewing_kpis": "license_assignment_ratio",
    "low_assignment_kpis": "used_of_assigned_ratio",
    "overage_kpis": "avg_license_overage",
}.items():
    DAMAGES[f"{mart}: a ratio"] = (f"update marts.{mart} set {ratio} = 9", {f"{mart}_ratios"})
for mart, column in {
    "expiring": "days_until_expiration",
    "renewing": "days_until_renewal",
    "recently_added": "days_since_added",
}.items():
    DAMAGES[f"{mart}: a day count below 0"] = (
        f"update marts.{mart}_subscriptions set {column} = -1",
        {f"{mart}_subscriptions_identities"},
    )
for table in ("int_as_of_dates", "int_partner_snapshots", "int_usage_windows", "int_license_positions"):
    DAMAGES[f"{table}: a row twice"] = (
        f"insert into intermediate.{table} from intermediate.{table} limit 1",
        {f"{table}_grain"},
    )
# A view's rows are its table's: what is in the lake twice, or is not what the contract allows.
for dataset, column, value in (
    ("customers", "customer_name", "null"),
    ("subscriptions", "status", "'unheard of'"),
    ("license_assignments", "total_licenses", "-1"),
    ("license_usage", "activity_count", "0"),
):
    table = f"raw.{dataset}"
    date_column = "activity_date" if dataset == "license_usage" else "snapshot_date"
    DAMAGES |= {
        f"{dataset}: a row twice": (
            f"insert into {table} from {table} where {date_column} = '{BUILT}' limit 1",
            {f"stg_{dataset}_grain"},
        ),
        f"{dataset}: a value": (f"update {table} set {column} = {value}", {f"stg_{dataset}_values"}),
    }
