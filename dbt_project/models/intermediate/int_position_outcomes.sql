{{ config(materialized="view") }}

{% set min_term_days = setting("PORTFOLIO_MIN_TERM_DAYS") -%}
with days_after as (
    select * from {{ ref("int_partner_look_backs") }}
    where days_before = {{ day_after_change_days() }}
),

changes as (
    select
        changes.*,  -- noqa: AM04
        days_after.day as changed_on,
        {{ date_add_days("days_after.day", -1) }} as week_before
    from {{ ref("int_position_changes") }} as changes
    inner join days_after
        on
            changes.as_of_date = days_after.as_of_date
            and changes.partner_id = days_after.partner_id
    where changes.old_customer_id is not null
),

day_after as (
    select * from {{ ref("int_positions_by_day") }}
),

heirs as (
    select * from {{ ref("int_position_heirs") }}
)

select
    changes.*,  -- noqa: AM04
    case
        when changes.new_customer_id is null and changes.old_is_trial and heirs.heirs_without_trial > 0 then 'converted'
        when changes.new_customer_id is null and heirs.licenses is not null then 'replaced'
        when changes.new_customer_id is null and changes.old_is_trial then 'expired_trial'
        when changes.new_customer_id is null and changes.old_end_date = changes.week_before then 'lost'
        when changes.new_customer_id is null then 'cancelled'
        when changes.old_is_trial and not changes.new_is_trial then 'converted'
        when changes.old_is_trial then 'extended'
        else 'renewed'
    end as outcome,
    coalesce({{ wide("changes.new_total_licenses") }}, heirs.licenses, 0) as new_licenses
from changes
left join day_after
    on
        changes.changed_on = day_after.day
        and changes.partner_id = day_after.partner_id
        and changes.product = day_after.product
        and changes.subscription_id = day_after.subscription_id
left join heirs
    on
        changes.as_of_date = heirs.as_of_date
        and changes.partner_id = heirs.partner_id
        and changes.product = heirs.product
        and changes.subscription_id = heirs.subscription_id
where
    (changes.new_customer_id is null and day_after.subscription_id is null)
    or (changes.old_is_trial and not day_after.is_trial and not changes.new_is_trial)
    or (
        changes.new_customer_id is not null
        and day_after.subscription_id is null
        and changes.old_end_date = changes.week_before
    )
    or (
        -- An end that is open lies later than any.
        changes.new_customer_id is not null
        and day_after.subscription_id is not null
        and coalesce(
            {{ days_between("changes.old_end_date", "day_after.end_date") }} >= {{ min_term_days }},
            changes.old_end_date is not null
        )
        and coalesce(
            {{ days_between("changes.old_end_date", "changes.new_end_date") }} >= {{ min_term_days }},
            changes.old_end_date is not null
        )
    )
