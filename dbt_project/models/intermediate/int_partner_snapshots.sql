{% set max_age = setting("PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS") -%}
{% set datasets = ["customers", "subscriptions", "license_assignments"] -%}
with as_of_dates as (
    select
        day as as_of_date,
        min(days_before) = 0 as is_requested
    from {{ ref("int_look_backs") }}
    group by day
),

partitions as (
    {% for dataset in datasets -%}
    select distinct
        '{{ dataset }}' as dataset,
        partner_id,
        snapshot_date
    from {{ ref("stg_" ~ dataset) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

newest as (
    select
        as_of_dates.as_of_date,
        as_of_dates.is_requested,
        partitions.partner_id,
        {% for dataset in datasets -%}
        max(case when partitions.dataset = '{{ dataset }}' then partitions.snapshot_date end) as {{ dataset }}_date
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from as_of_dates
    inner join partitions
        on
            as_of_dates.as_of_date >= partitions.snapshot_date
            and as_of_dates.as_of_date <= {{ date_add_days("partitions.snapshot_date", max_age) }}
    group by as_of_dates.as_of_date, as_of_dates.is_requested, partitions.partner_id
)

select
    as_of_date,
    is_requested,
    partner_id,
    customers_date,
    subscriptions_date,
    license_assignments_date
from newest
where
    customers_date is not null
    and subscriptions_date is not null
    and license_assignments_date is not null
