{{ config(materialized="view") }}

with as_of_dates as (
    select * from {{ ref("int_as_of_dates") }}
    where is_requested
),

usage_dates as (
    select * from {{ ref("int_usage_dates") }}
)

select
    as_of_dates.as_of_date,
    usage_dates.partner_id,
    usage_dates.product,
    count(*) as usage_days_loaded_90d
from as_of_dates
inner join usage_dates
    on
        as_of_dates.as_of_date >= usage_dates.activity_date
        and as_of_dates.as_of_date <= {{ date_add_days("usage_dates.activity_date", long_used_window_days() - 1) }}
group by as_of_dates.as_of_date, usage_dates.partner_id, usage_dates.product
