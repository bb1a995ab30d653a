{{ config(materialized="view") }}

{% set sums = [
    "total_licenses", "assigned_licenses", "used_licenses", "available_licenses", "overage_licenses",
    "weekly_assignment_change", "weekly_usage_change",
] -%}
{% set flags = ["is_trial", "is_expiring", "is_renewing", "is_low_assignment", "is_over_limit"] -%}
{% set currency = "case when terms.value_12m is not null then terms.currency end" -%}
with positions as (
    select * from {{ ref("license_positions") }}
    where {{ in_window("as_of_date") }}
),

terms as (
    select * from {{ ref("int_subscription_terms") }}
)

select
    positions.as_of_date,
    positions.partner_id,
    positions.customer_id,
    positions.subscription_id,
    {% for product in dashboard_products() -%}
    max(case when positions.product = '{{ product }}' then 1 else 0 end) as has_{{ product }},
    {% endfor -%}
    {% for figure in sums -%}
    sum({{ wide("positions." ~ figure) }}) as {{ figure }},
    {% endfor -%}
    {% for flag in flags -%}
    max(case when positions.{{ flag }} then 1 else 0 end) as {{ flag }},
    {% endfor -%}
    min(positions.end_date) as end_date,
    min({{ currency }}) as first_currency,
    max({{ currency }}) as last_currency,
    {{ money_sum("terms.value_12m") }} as value_12m,
    count(terms.value_12m) as priced_positions,
    count(*) as positions
from positions
left join terms
    on
        positions.as_of_date = terms.as_of_date
        and positions.partner_id = terms.partner_id
        and positions.product = terms.product
        and positions.subscription_id = terms.subscription_id
group by positions.as_of_date, positions.partner_id, positions.customer_id, positions.subscription_id
