with subscriptions as (
    select * from {{ ref("int_subscriptions_in_scope") }}
),

licenses as (
    select * from {{ ref("int_subscription_products") }}
)

select
    subscriptions.as_of_date as day,  -- noqa: RF04
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
    licenses.snapshot_date
from subscriptions
inner join licenses
    on
        subscriptions.partner_id = licenses.partner_id
        and subscriptions.license_assignments_date = licenses.snapshot_date
        and subscriptions.subscription_id = licenses.subscription_id
