{{ config(materialized="view") }}

with snapshots as (
    select * from {{ ref("int_optional_snapshots") }}
),

accounts as (
    select * from {{ ref("stg_accounts") }}
)

select
    snapshots.as_of_date,
    accounts.partner_id,
    accounts.customer_id,
    accounts.owner,
    accounts.segment,
    accounts.sub_partner_id
from snapshots
inner join accounts
    on
        snapshots.partner_id = accounts.partner_id
        and snapshots.accounts_date = accounts.snapshot_date
