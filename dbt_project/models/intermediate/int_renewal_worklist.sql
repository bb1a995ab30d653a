{{ config(materialized="view") }}

with positions as (
    select * from {{ ref("license_positions") }}
    where
        {{ in_window("as_of_date") }}
        and days_until_end >= 0
        and (
            days_until_end <= {{ setting("PORTFOLIO_WORKLIST_DAYS") }}
            or days_until_end - notice_days <= {{ decision_days() }}
        )
),

terms as (
    select * from {{ ref("int_position_terms") }}
),

needs as (
    select
        positions.as_of_date,
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        {{ bigint_or_null(whole_part(
            wide("positions.used_licenses_90d") ~ " * (100 + " ~ setting("PORTFOLIO_HEADROOM_PERCENT") ~ ") + 99", 100
        )) }} as needed_licenses
    from positions
    where
        positions.usage_days_loaded_90d >= {{ setting("PORTFOLIO_MIN_USAGE_DAYS") }}
        and positions.days_since_added >= {{ long_used_window_days() }}
        and not positions.is_trial
),

listed as (
    select
        positions.as_of_date,
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        positions.customer_id,
        positions.customer_name,
        positions.subscription_label,
        positions.owner,
        positions.segment,
        case
            when positions.is_trial then 'convert'
            when positions.auto_renew then 'auto_renewal'
            else 'renewal'
        end as motion,
        positions.end_date,
        positions.days_until_end,
        positions.notice_days,
        {{ date_add_days("positions.end_date", "-cast(positions.notice_days as integer)") }} as decision_date,
        positions.days_until_end - positions.notice_days as days_until_decision,
        positions.total_licenses,
        positions.assigned_licenses,
        positions.used_licenses,
        positions.used_licenses_90d,
        positions.overage_licenses,
        needs.needed_licenses,
        case
            when needs.needed_licenses is not null
                then {{ excess(of="positions.total_licenses", over="needs.needed_licenses") }}
        end as reducible_licenses,
        case
            when needs.needed_licenses is not null
                then {{ excess(of="positions.assigned_licenses", over="positions.used_licenses_90d") }}
        end as reclaimable_licenses,
        positions.currency,
        terms.value_12m,
        positions.renewal_quantity
    from positions
    inner join terms
        on
            positions.as_of_date = terms.as_of_date
            and positions.partner_id = terms.partner_id
            and positions.product = terms.product
            and positions.subscription_id = terms.subscription_id
    left join needs
        on
            positions.as_of_date = needs.as_of_date
            and positions.partner_id = needs.partner_id
            and positions.product = needs.product
            and positions.subscription_id = needs.subscription_id
)

select
    *,
    {{ part_of("value_12m", "reducible_licenses", "total_licenses") }} as avoidable_12m
from listed
