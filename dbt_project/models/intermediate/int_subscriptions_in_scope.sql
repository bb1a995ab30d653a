{{ config(materialized="view") }}

with partner_snapshots as (
    select * from {{ ref("int_partner_snapshots") }}
),

subscriptions as (
    select * from {{ ref("stg_subscriptions") }}
),

customers as (
    select * from {{ ref("stg_customers") }}
)

select
    partner_snapshots.as_of_date,
    partner_snapshots.is_requested,
    subscriptions.partner_id,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    coalesce(customers.customer_name, subscriptions.customer_id) as customer_name,
    subscriptions.is_trial,
    subscriptions.status,
    subscriptions.start_date,
    subscriptions.end_date,
    subscriptions.auto_renew,
    partner_snapshots.license_assignments_date
from partner_snapshots
inner join subscriptions
    on
        partner_snapshots.partner_id = subscriptions.partner_id
        and partner_snapshots.subscriptions_date = subscriptions.snapshot_date
        and partner_snapshots.as_of_date >= subscriptions.start_date
left join customers
    on
        partner_snapshots.partner_id = customers.partner_id
        and partner_snapshots.customers_date = customers.snapshot_date
        and subscriptions.customer_id = customers.customer_id
where
    subscriptions.status in ('active', 'suspended')
    and (subscriptions.end_date is null or subscriptions.end_date >= partner_snapshots.as_of_date)
