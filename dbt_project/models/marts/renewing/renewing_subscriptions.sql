select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    end_date as renewal_date,
    days_until_end as days_until_renewal,
    total_licenses,
    used_licenses,
    assigned_licenses,
    assigned_unused_licenses,
    available_licenses,
    overage_licenses,
    used_licenses_90d
from {{ ref("license_positions") }}
where
    is_renewing
    and {{ in_window("as_of_date") }}
