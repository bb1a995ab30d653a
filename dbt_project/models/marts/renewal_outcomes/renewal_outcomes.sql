with outcomes as (
    select
        *,
        old_is_trial as is_trial
    from {{ ref("int_position_outcomes") }}
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    old_customer_id as customer_id,
    old_customer_name as customer_name,
    {{ subscription_label() }} as subscription_label,
    is_trial,
    old_auto_renew as auto_renew,
    old_start_date as start_date,
    old_end_date as end_date,
    old_total_licenses as total_licenses,
    old_assigned_licenses as assigned_licenses,
    old_used_licenses as used_licenses,
    {{ ratio("old_assigned_licenses", "old_total_licenses") }} as assignment_ratio,
    changed_on,
    outcome,
    {{ bigint_or_null("new_licenses") }} as licenses_after,
    {{ bigint_or_null("new_licenses - old_total_licenses") }} as license_change
from outcomes
