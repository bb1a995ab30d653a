{{ config(materialized="table") }}

{% for product in dashboard_products() -%}
select
    '{{ product }}' as product,
    '{{ product | capitalize }}' as product_name,
    cast({{ loop.index }} as bigint) as sort_order
{% if not loop.last %}
union all

{% endif -%}
{% endfor %}
