with positions as (
    select * from {{ ref("int_position_flags") }}
),

with_terms as (
    {{ with_terms("positions") }}
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    is_trial,
    status,
    start_date,
    end_date,
    auto_renew,
    total_licenses,
    assigned_licenses,
    used_licenses,
    used_licenses_90d,
    assigned_unused_licenses,
    available_licenses,
    overage_licenses,
    assignment_ratio,
    usage_ratio,
    weekly_assignment_change,
    weekly_usage_change,
    days_since_added,
    months_since_added,
    days_until_end,
    months_remaining,
    snapshot_date,
    usage_days_loaded,
    is_recently_added,
    is_expiring,
    is_renewing,
    is_over_limit,
    is_low_assignment,
    peer_group,
    peer_count,
    peer_p25_ratio,
    peer_median_ratio,
    usage_days_loaded_90d,
    currency,
    {{ as_double("value_12m") }} as value_12m,
    {{ as_double("cost_12m") }} as cost_12m,
    notice_days,
    buying_model,
    {{ as_double("growth_allowance") }} as growth_allowance,
    renewal_quantity,
    owner,
    segment,
    sub_partner_id
from with_terms
{#- A window is put in order when it replaces another. #}
{% if not is_incremental() -%}
order by as_of_date
{%- endif %}
