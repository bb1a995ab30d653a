with subscriptions as (
    select * from {{ ref("int_subscriptions_in_scope") }}
),

licenses as (
    select * from {{ ref("int_subscription_products") }}
),

usage_windows as (
    select * from {{ ref("int_usage_windows") }}
)

select
    subscriptions.as_of_date,
    subscriptions.is_requested,
    subscriptions.partner_id,
    licenses.product,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.customer_name,
    subscriptions.is_trial,
    subscriptions.status,
    subscriptions.start_date,
    subscriptions.end_date,
    subscriptions.auto_renew,
    licenses.total_licenses,
    licenses.assigned_licenses,
    coalesce(usage_windows.used_licenses, 0) as used_licenses,
    coalesce(usage_windows.used_licenses_90d, 0) as used_licenses_90d,
    licenses.snapshot_date
from subscriptions
inner join licenses
    on
        subscriptions.partner_id = licenses.partner_id
        and subscriptions.license_assignments_date = licenses.snapshot_date
        and subscriptions.subscription_id = licenses.subscription_id
left join usage_windows
    on
        subscriptions.as_of_date = usage_windows.as_of_date
        and licenses.partner_id = usage_windows.partner_id
        and licenses.subscription_id = usage_windows.subscription_id
        and licenses.product = usage_windows.product
