select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    is_trial,
    end_date as expiration_date,
    days_until_end as days_until_expiration,
    total_licenses,
    used_licenses,
    assigned_licenses,
    assigned_unused_licenses,
    available_licenses,
    overage_licenses,
    used_licenses_90d
from {{ ref("license_positions") }}
where
    is_expiring
    and {{ in_window("as_of_date") }}
