with look_backs as (
    select * from {{ ref("int_partner_look_backs") }}
    where days_before in (0, {{ retention_days() }})
),

positions as (
    select * from {{ ref("int_positions_by_day") }}
    where not is_trial
),

customers as (
    select
        look_backs.as_of_date,
        look_backs.partner_id,
        positions.product,
        positions.customer_id,
        sum(case when look_backs.days_before > 0 then {{ wide("positions.total_licenses") }} end) as licenses_then,
        sum(case when look_backs.days_before = 0 then {{ wide("positions.total_licenses") }} end) as licenses_now
    from look_backs
    inner join positions
        on
            look_backs.day = positions.day
            and look_backs.partner_id = positions.partner_id
    group by look_backs.as_of_date, look_backs.partner_id, positions.product, positions.customer_id
)

select
    as_of_date,
    partner_id,
    product,
    customer_id,
    licenses_then,
    coalesce(licenses_now, 0) as licenses_now
from customers
where licenses_then > 0
