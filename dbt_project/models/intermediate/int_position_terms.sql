{{ config(materialized="view") }}

with positions as (
    select
        as_of_date,
        partner_id,
        product,
        subscription_id,
        customer_id,
        is_trial,
        total_licenses
    from {{ ref("int_license_positions") }}
    where is_requested
),

with_terms as (
    {{ with_terms("positions") }}
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    usage_days_loaded_90d,
    currency,
    value_12m,
    cost_12m,
    notice_days,
    buying_model,
    growth_allowance,
    renewal_quantity,
    allowed_licenses,
    owner,
    segment,
    sub_partner_id
from with_terms
