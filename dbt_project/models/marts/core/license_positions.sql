with positions as (
    select * from {{ ref("int_position_flags") }}
),

terms as (
    select * from {{ ref("int_position_terms") }}
)

select
    positions.as_of_date,
    positions.partner_id,
    positions.product,
    positions.subscription_id,
    positions.customer_id,
    positions.customer_name,
    positions.subscription_label,
    positions.is_trial,
    positions.status,
    positions.start_date,
    positions.end_date,
    positions.auto_renew,
    positions.total_licenses,
    positions.assigned_licenses,
    positions.used_licenses,
    positions.used_licenses_90d,
    positions.assigned_unused_licenses,
    positions.available_licenses,
    positions.overage_licenses,
    positions.assignment_ratio,
    positions.usage_ratio,
    positions.weekly_assignment_change,
    positions.weekly_usage_change,
    positions.days_since_added,
    positions.months_since_added,
    positions.days_until_end,
    positions.months_remaining,
    positions.snapshot_date,
    positions.usage_days_loaded,
    positions.is_recently_added,
    positions.is_expiring,
    positions.is_renewing,
    positions.is_over_limit,
    positions.is_low_assignment,
    positions.peer_group,
    positions.peer_count,
    positions.peer_p25_ratio,
    positions.peer_median_ratio,
    terms.usage_days_loaded_90d,
    terms.currency,
    {{ as_double("terms.value_12m") }} as value_12m,
    {{ as_double("terms.cost_12m") }} as cost_12m,
    terms.notice_days,
    terms.buying_model,
    {{ as_double("terms.growth_allowance") }} as growth_allowance,
    terms.renewal_quantity,
    terms.owner,
    terms.segment,
    terms.sub_partner_id
from positions
inner join terms
    on
        positions.as_of_date = terms.as_of_date
        and positions.partner_id = terms.partner_id
        and positions.product = terms.product
        and positions.subscription_id = terms.subscription_id
order by positions.as_of_date
