select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    is_trial,
    months_since_added,
    total_licenses,
    used_licenses,
    assigned_licenses,
    assigned_unused_licenses,
    available_licenses,
    assignment_ratio as assigned_ratio,
    weekly_assignment_change,
    peer_group,
    peer_count,
    peer_p25_ratio,
    peer_median_ratio
from {{ ref("license_positions") }}
where
    is_low_assignment
    and {{ in_window("as_of_date") }}
