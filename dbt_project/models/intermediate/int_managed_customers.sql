{{ config(materialized="view") }}

with partner_snapshots as (
    select * from {{ ref("int_partner_snapshots") }}
    where is_requested
),

customers as (
    select * from {{ ref("stg_customers") }}
)

select
    partner_snapshots.as_of_date,
    partner_snapshots.partner_id,
    count(distinct customers.customer_id) as managed_customers
from partner_snapshots
inner join customers
    on
        partner_snapshots.partner_id = customers.partner_id
        and partner_snapshots.customers_date = customers.snapshot_date
group by partner_snapshots.as_of_date, partner_snapshots.partner_id
