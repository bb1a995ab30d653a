{{ config(materialized="view") }}

with partners as (
    select
        as_of_date,
        partner_id
    from {{ ref("int_partner_snapshots") }}
    where is_requested
)

{% for product in dashboard_products() -%}
select
    as_of_date,
    partner_id,
    '{{ product }}' as product
from partners
{% if not loop.last %}
union all

{% endif -%}
{% endfor %}
