with month_before as (
    select
        look_backs.as_of_date,
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        positions.assigned_licenses
    from {{ ref("int_partner_look_backs") }} as look_backs
    inner join {{ ref("int_positions_by_day") }} as positions
        on
            look_backs.day = positions.day
            and look_backs.partner_id = positions.partner_id
    where look_backs.days_before = {{ growth_days() }}
),

positions as (
    select
        positions.*,  -- noqa: AM04
        month_before.assigned_licenses as assigned_28d_ago,
        {{ headroom_band("positions.assigned_licenses", "positions.total_licenses") }} as headroom_band,
        {{ growth_band("positions.assigned_licenses", "month_before.assigned_licenses", "positions.total_licenses") }}
            as growth_band
    from {{ ref("license_positions") }} as positions
    left join month_before
        on
            positions.as_of_date = month_before.as_of_date
            and positions.partner_id = month_before.partner_id
            and positions.product = month_before.product
            and positions.subscription_id = month_before.subscription_id
    where
        positions.total_licenses > 0
        and positions.assigned_licenses <= positions.total_licenses
        and {{ in_window("positions.as_of_date") }}
),

compared as (
    select
        positions.*,  -- noqa: AM04
        coalesce(alike.positions, 0) as similar_positions,
        coalesce(alike.exceeded, 0) as similar_exceeded,
        coalesce(cohorts.positions, 0) as cohort_positions,
        coalesce(cohorts.exceeded, 0) as cohort_exceeded
    from positions
    left join {{ ref("int_overage_cohorts") }} as alike
        on
            positions.as_of_date = alike.day
            and positions.partner_id = alike.partner_id
            and positions.headroom_band = alike.headroom_band
            and positions.growth_band = alike.growth_band
    left join {{ ref("int_cohort_sums") }} as cohorts
        on
            positions.as_of_date = cohorts.day
            and positions.partner_id = cohorts.partner_id
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    owner,
    total_licenses,
    assigned_licenses,
    total_licenses - assigned_licenses as headroom_licenses,
    assigned_28d_ago,
    headroom_band,
    growth_band,
    similar_positions,
    similar_exceeded,
    cohort_positions,
    cohort_exceeded,
    {{ probability_over_limit("similar_exceeded", "similar_positions", "cohort_exceeded", "cohort_positions") }}
        as probability_over_limit_90d
from compared
