with spine as (
    {{ date_spine(window_start(days_before=weekly_change_days()), window_end()) }}
),

open_days as (
    select day
    from spine
    where not {{ is_blocked("day") }}
),

requested_days as (
    select day
    from open_days
    where {{ in_window("day") }}
),

days_seen as (
    select
        day,
        1 as is_requested
    from requested_days

    union all

    select
        open_days.day,
        0 as is_requested
    from open_days
    inner join requested_days on open_days.day = {{ date_add_days("requested_days.day", -weekly_change_days()) }}
)

select
    day as as_of_date,
    max(is_requested) = 1 as is_requested
from days_seen
group by day
