{{ config(materialized="view") }}

with as_of_dates as (
    select as_of_date
    from {{ ref("int_as_of_dates") }}
    where is_requested
)

{% for days in days_looked_at() -%}
select
    as_of_date,
    {{ days }} as days_before,
    {{ date_add_days("as_of_date", -days) }} as day  -- noqa: RF04
from as_of_dates
where not {{ is_hidden(date_add_days("as_of_date", -days), days) }}
{% if not loop.last %}
union all

{% endif -%}
{% endfor %}
