select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    is_trial,
    start_date as added_date,
    days_since_added,
    total_licenses,
    used_licenses,
    assigned_licenses,
    assigned_unused_licenses,
    available_licenses,
    overage_licenses,
    weekly_assignment_change,
    weekly_usage_change
from {{ ref("license_positions") }}
where
    is_recently_added
    and {{ in_window("as_of_date") }}
