"""The columns of the decision marts, and those that they add to other marts, typed out from the specification."""

_KEY = "as_of_date partner_id "
_BY_SUBSCRIPTION = _KEY + "product subscription_id "
_NAMED = _BY_SUBSCRIPTION + "customer_id customer_name subscription_label "

TERMS = "usage_days_loaded_90d currency value_12m cost_12m notice_days buying_model growth_allowance renewal_quantity"
ACCOUNT = "owner segment sub_partner_id"
ADDED = {"license_positions": f"{TERMS} {ACCOUNT}", "dim_customers": ACCOUNT}
"""mart -> the columns that stand at its end."""

DECISIONS = {
    "renewal_worklist": _NAMED + "owner segment motion end_date days_until_end notice_days decision_date "
    "days_until_decision total_licenses assigned_licenses used_licenses used_licenses_90d overage_licenses "
    "needed_licenses reducible_licenses reclaimable_licenses currency value_12m avoidable_12m renewal_quantity",
    "renewal_worklist_kpis": _KEY + "product currency customers subscriptions total_licenses value_12m avoidable_12m "
    "unpriced_subscriptions overdue_decisions decisions_in_30_days",
    "renewal_outcomes": _NAMED + "is_trial auto_renew start_date end_date total_licenses assigned_licenses "
    "used_licenses assignment_ratio changed_on outcome licenses_after license_change",
    "retention": _KEY + "product base_customers retained_customers base_licenses kept_licenses licenses_now "
    "customer_retention gross_license_retention net_license_retention",
    "true_forward": _NAMED + "owner total_licenses assigned_licenses growth_allowance true_forward_date measured_on "
    "days_until_measured allowed_licenses is_overconsumed licenses_to_free exposure_licenses currency exposure_12m",
    "overage_risk": _NAMED + "owner total_licenses assigned_licenses headroom_licenses assigned_28d_ago headroom_band "
    "growth_band similar_positions similar_exceeded cohort_positions cohort_exceeded probability_over_limit_90d",
    "forecast_skill": _KEY + "positions exceeded brier_score reference_brier_score skill",
    "portfolio_changes": _BY_SUBSCRIPTION + "change customer_id customer_name subscription_label owner "
    "old_value new_value license_change",
    "customer_overview": _KEY + "customer_id customer_name country_code owner segment sub_partner_id products "
    "subscriptions trials total_licenses assigned_licenses used_licenses available_licenses overage_licenses "
    "assignment_ratio usage_ratio weekly_assignment_change weekly_usage_change next_end_date days_until_next_end "
    "expiring_subscriptions renewing_subscriptions low_assignment_subscriptions over_limit_subscriptions "
    "currency value_12m unpriced_subscriptions",
    "next_actions": _NAMED + "owner segment action priority also due_date licenses currency value_12m",
}
"""mart -> its columns in order."""

OWN_GRAIN = {"renewal_worklist_kpis": "currency", "portfolio_changes": "change", "customer_overview": "customer_id"}
"""What names a row beside date, partner, product and subscription."""

DATES = "changed_on decision_date due_date measured_on next_end_date true_forward_date"
TEXTS = (
    "action also buying_model change currency growth_band headroom_band motion new_value old_value outcome owner "
    "products segment sub_partner_id"
)
FLAGS = "is_overconsumed"
MONEY = "value_12m cost_12m avoidable_12m exposure_12m"
DOUBLES = (
    MONEY + " growth_allowance customer_retention gross_license_retention net_license_retention "
    "probability_over_limit_90d brier_score reference_brier_score skill"
)
SUMMED = {"avoidable_12m", "brier_score", "reference_brier_score", "skill"}
"""Sums of doubles and what is made of them, which come out otherwise in another order."""
