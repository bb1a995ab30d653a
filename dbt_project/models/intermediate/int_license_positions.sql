with as_of_dates as (
    select * from {{ ref("int_as_of_dates") }}
),

positions as (
    select * from {{ ref("int_positions_by_day") }}
),

usage_windows as (
    select * from {{ ref("int_usage_windows") }}
)

select
    as_of_dates.as_of_date,
    as_of_dates.is_requested,
    positions.partner_id,
    positions.product,
    positions.subscription_id,
    positions.customer_id,
    positions.customer_name,
    positions.is_trial,
    positions.status,
    positions.start_date,
    positions.end_date,
    positions.auto_renew,
    positions.total_licenses,
    positions.assigned_licenses,
    coalesce(usage_windows.used_licenses, 0) as used_licenses,
    coalesce(usage_windows.used_licenses_90d, 0) as used_licenses_90d,
    positions.snapshot_date
from as_of_dates
inner join positions on as_of_dates.as_of_date = positions.day
left join usage_windows
    on
        positions.day = usage_windows.as_of_date
        and positions.partner_id = usage_windows.partner_id
        and positions.subscription_id = usage_windows.subscription_id
        and positions.product = usage_windows.product
