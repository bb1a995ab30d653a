{{ config(materialized="view") }}

with positions as (
    select * from {{ ref("int_license_positions") }}
    where is_requested
),

week_before as (
    select * from {{ ref("int_license_positions") }}
),

usage_days as (
    select * from {{ ref("int_usage_days") }}
)

select
    positions.as_of_date,
    positions.partner_id,
    positions.product,
    positions.subscription_id,
    positions.customer_id,
    positions.customer_name,
    {{ subscription_label("positions") }} as subscription_label,
    positions.is_trial,
    positions.status,
    positions.start_date,
    positions.end_date,
    positions.auto_renew,
    positions.total_licenses,
    positions.assigned_licenses,
    positions.used_licenses,
    positions.used_licenses_90d,
    {{ excess(of="positions.assigned_licenses", over="positions.used_licenses") }} as assigned_unused_licenses,
    {{ excess(of="positions.total_licenses", over="positions.assigned_licenses") }} as available_licenses,
    {{ excess(of="positions.assigned_licenses", over="positions.total_licenses") }} as overage_licenses,
    {{ ratio("positions.assigned_licenses", "positions.total_licenses") }} as assignment_ratio,
    {{ ratio("positions.used_licenses", "positions.total_licenses") }} as usage_ratio,
    positions.assigned_licenses - week_before.assigned_licenses as weekly_assignment_change,
    positions.used_licenses - week_before.used_licenses as weekly_usage_change,
    {{ days_between("positions.start_date", "positions.as_of_date") }} as days_since_added,
    {{ whole_months_between("positions.start_date", "positions.as_of_date") }} as months_since_added,
    {{ days_between("positions.as_of_date", "positions.end_date") }} as days_until_end,
    {{ whole_months_between("positions.as_of_date", "positions.end_date") }} as months_remaining,
    positions.snapshot_date,
    coalesce(usage_days.usage_days_loaded, 0) as usage_days_loaded
from positions
left join week_before
    on
        week_before.as_of_date = {{ date_add_days("positions.as_of_date", -weekly_change_days()) }}
        and positions.partner_id = week_before.partner_id
        and positions.product = week_before.product
        and positions.subscription_id = week_before.subscription_id
left join usage_days
    on
        positions.as_of_date = usage_days.as_of_date
        and positions.partner_id = usage_days.partner_id
