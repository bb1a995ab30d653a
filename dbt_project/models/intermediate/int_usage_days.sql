{{ config(materialized="view") }}

with as_of_dates as (
    select * from {{ ref("int_as_of_dates") }}
),

partner_days as (
    select distinct
        partner_id,
        activity_date
    from {{ ref("int_usage_dates") }}
)

select
    as_of_dates.as_of_date,
    partner_days.partner_id,
    count(*) as usage_days_loaded
from as_of_dates
inner join partner_days
    on
        as_of_dates.as_of_date >= partner_days.activity_date
        and as_of_dates.as_of_date <= {{ date_add_days("partner_days.activity_date", used_window_days() - 1) }}
group by as_of_dates.as_of_date, partner_days.partner_id
