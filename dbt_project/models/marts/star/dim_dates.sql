{{ config(materialized="table") }}

with spine as (
    {{ date_spine(date_literal("2000-01-01"), date_literal("2049-12-31")) }}
),

weekdays as (
    select
        day,
        {{ iso_weekday("day") }} as day_of_week,
        -- The year of an ISO week is that of its Thursday.
        {{ date_add_days("day", "4 - " ~ iso_weekday("day")) }} as thursday
    from spine
),

parts as (
    select
        day,
        thursday,
        day_of_week,
        {{ date_add_days("day", 1) }} as next_day,
        {{ date_part("year", "day") }} as year,  -- noqa: RF04
        {{ date_part("quarter", "day") }} as quarter,  -- noqa: RF04
        {{ date_part("month", "day") }} as month,  -- noqa: RF04
        {{ date_part("day", "day") }} as day_of_month,
        {{ day_of_year("day") }} as day_of_year,
        {{ date_part("year", "thursday") }} as iso_year,
        cast(floor({{ ratio(day_of_year("thursday") ~ " + 6", 7) }}) as bigint) as iso_week
    from weekdays
)

select
    day as date_day,
    year,
    quarter,
    month,
    {{ joined_numbers("year", "'-Q'", "quarter", digits=1) }} as year_quarter,
    {{ joined_numbers("year", "'-'", "month") }} as year_month,  -- noqa: RF04
    {{ name_of_number("month", month_names()) }} as month_name,
    {{ date_add_days("day", "1 - cast(day_of_month as integer)") }} as month_start_date,
    iso_year,
    iso_week,
    {{ joined_numbers("iso_year", "'-W'", "iso_week") }} as iso_year_week,
    {{ date_add_days("thursday", -3) }} as week_start_date,
    day_of_month,
    day_of_year,
    cast(day_of_week as bigint) as day_of_week,
    {{ name_of_number("day_of_week", day_names()) }} as day_name,
    day_of_week >= 6 as is_weekend,
    {{ date_part("month", "next_day") }} <> month as is_month_end,
    {{ date_part("quarter", "next_day") }} <> quarter as is_quarter_end,
    {{ date_part("year", "next_day") }} <> year as is_year_end
from parts
