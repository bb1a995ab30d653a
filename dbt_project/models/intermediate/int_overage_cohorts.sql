{% set ahead, growth = forecast_days(), growth_days() -%}
with look_backs as (
    select * from {{ ref("int_partner_look_backs") }}
),

positions as (
    select * from {{ ref("int_positions_by_day") }}
),

-- An as-of date asks for its own cohort, and for that of the day on which it was forecast: several ask for the same.
cohort_days as (
    select
        ends.partner_id,
        ends.day,
        max(begins.day) as day_before,
        max(growths.day) as growth_day
    from look_backs as ends
    inner join look_backs as begins
        on
            ends.as_of_date = begins.as_of_date
            and ends.partner_id = begins.partner_id
            and ends.days_before + {{ ahead }} = begins.days_before
    left join look_backs as growths
        on
            ends.as_of_date = growths.as_of_date
            and ends.partner_id = growths.partner_id
            and ends.days_before + {{ ahead + growth }} = growths.days_before
    where ends.days_before in (0, {{ ahead }})
    group by ends.partner_id, ends.day
),

members as (
    select
        cohort_days.day,
        cohort_days.partner_id,
        {{ headroom_band("earlier.assigned_licenses", "earlier.total_licenses") }} as headroom_band,
        {{ growth_band("earlier.assigned_licenses", "month_before.assigned_licenses", "earlier.total_licenses") }}
            as growth_band,
        positions.assigned_licenses > positions.total_licenses as is_exceeded
    from cohort_days
    inner join positions as earlier
        on
            cohort_days.day_before = earlier.day
            and cohort_days.partner_id = earlier.partner_id
    inner join positions
        on
            cohort_days.day = positions.day
            and earlier.partner_id = positions.partner_id
            and earlier.product = positions.product
            and earlier.subscription_id = positions.subscription_id
    left join positions as month_before
        on
            cohort_days.growth_day = month_before.day
            and earlier.partner_id = month_before.partner_id
            and earlier.product = month_before.product
            and earlier.subscription_id = month_before.subscription_id
    where
        earlier.total_licenses > 0
        and earlier.assigned_licenses <= earlier.total_licenses
)

select
    day,
    partner_id,
    headroom_band,
    growth_band,
    count(*) as positions,
    count(case when is_exceeded then 1 end) as exceeded
from members
group by day, partner_id, headroom_band, growth_band
