{{ config(materialized="view") }}

{% set heir_days = 30 -%}
with gone as (
    select * from {{ ref("int_position_changes") }}
    where new_customer_id is null
),

positions as (
    select * from {{ ref("int_license_positions") }}
    where is_requested and total_licenses > 0
)

select
    gone.as_of_date,
    gone.partner_id,
    gone.product,
    gone.subscription_id,
    sum({{ wide("heirs.total_licenses") }}) as licenses,
    count(case when not heirs.is_trial then 1 end) as heirs_without_trial
from gone
inner join positions as heirs
    on
        gone.as_of_date = heirs.as_of_date
        and gone.partner_id = heirs.partner_id
        and gone.product = heirs.product
        and gone.old_customer_id = heirs.customer_id
        and gone.subscription_id <> heirs.subscription_id
where
    heirs.start_date >= {{ date_add_days("gone.as_of_date", -weekly_change_days() - heir_days) }}
    and (gone.old_is_trial or not heirs.is_trial)
group by gone.as_of_date, gone.partner_id, gone.product, gone.subscription_id
