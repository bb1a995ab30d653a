{% set figures = [
    "customer_id", "customer_name", "is_trial", "status", "start_date", "end_date", "auto_renew", "total_licenses",
    "assigned_licenses", "used_licenses",
] -%}
{% set days_until_end = days_between("positions.as_of_date", "positions.end_date") -%}
with look_backs as (
    select * from {{ ref("int_partner_look_backs") }}
    where days_before = {{ weekly_change_days() }}
),

positions as (
    select
        positions.as_of_date as day,  -- noqa: RF04
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        {% for figure in figures -%}
        positions.{{ figure }},
        {% endfor -%}
        {{ is_expiring("positions", days_until_end) }} as is_expiring,
        {{ is_renewing("positions", days_until_end) }} as is_renewing
    from {{ ref("int_license_positions") }} as positions
),

week_before as (
    select
        look_backs.as_of_date,
        positions.*  -- noqa: AM04
    from look_backs
    inner join positions
        on
            look_backs.day = positions.day
            and look_backs.partner_id = positions.partner_id
),

today as (
    select
        look_backs.as_of_date,
        positions.*  -- noqa: AM04
    from look_backs
    inner join positions
        on
            look_backs.as_of_date = positions.day
            and look_backs.partner_id = positions.partner_id
)

select
    coalesce(today.as_of_date, week_before.as_of_date) as as_of_date,
    coalesce(today.partner_id, week_before.partner_id) as partner_id,
    coalesce(today.product, week_before.product) as product,
    coalesce(today.subscription_id, week_before.subscription_id) as subscription_id,
    {% for figure in figures + ["is_expiring", "is_renewing"] -%}
    week_before.{{ figure }} as old_{{ figure }},
    today.{{ figure }} as new_{{ figure }}
    {%- if not loop.last %},{% endif %}
    {% endfor %}
from week_before
full outer join today
    on
        week_before.as_of_date = today.as_of_date
        and week_before.partner_id = today.partner_id
        and week_before.product = today.product
        and week_before.subscription_id = today.subscription_id
where
    (week_before.subscription_id is null) <> (today.subscription_id is null)
    or (week_before.end_date is null) <> (today.end_date is null)
    {% for figure in ["end_date", "auto_renew", "is_trial", "status", "total_licenses"] -%}
    or week_before.{{ figure }} <> today.{{ figure }}
    {% endfor -%}
    or (week_before.assigned_licenses > week_before.total_licenses) <> (today.assigned_licenses > today.total_licenses)
    or (today.is_expiring and not week_before.is_expiring)
    or (today.is_renewing and not week_before.is_renewing)
