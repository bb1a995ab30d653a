select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    is_trial,
    end_date,
    months_remaining,
    auto_renew,
    total_licenses,
    assigned_licenses,
    assignment_ratio as assigned_ratio,
    used_licenses,
    usage_ratio as used_ratio,
    overage_licenses
from {{ ref("license_positions") }}
where
    is_over_limit
    and {{ in_window("as_of_date") }}
