with partners as (
    select
        as_of_date,
        partner_id
    from {{ ref("int_managed_customers") }}
),

-- Members of one state had one forecast, so that errors are counted by state.
forecasts as (
    select
        members.day as as_of_date,
        members.partner_id,
        members.positions,
        members.exceeded,
        {{ probability_over_limit(
            "coalesce(alike.exceeded, 0)", "coalesce(alike.positions, 0)", "known.exceeded", "known.positions"
        ) }} as probability,
        {{ ratio("known.exceeded", "known.positions") }} as base_rate
    from {{ ref("int_partner_look_backs") }} as look_backs
    inner join {{ ref("int_overage_cohorts") }} as members
        on
            look_backs.as_of_date = members.day
            and look_backs.partner_id = members.partner_id
    inner join {{ ref("int_cohort_sums") }} as known
        on
            look_backs.day = known.day
            and look_backs.partner_id = known.partner_id
    left join {{ ref("int_overage_cohorts") }} as alike
        on
            look_backs.day = alike.day
            and look_backs.partner_id = alike.partner_id
            and members.headroom_band = alike.headroom_band
            and members.growth_band = alike.growth_band
    where look_backs.days_before = {{ forecast_days() }}
),

errors as (
    select
        as_of_date,
        partner_id,
        positions,
        exceeded,
        exceeded * (1 - probability) * (1 - probability) + (positions - exceeded) * probability * probability
            as squares,
        exceeded * (1 - base_rate) * (1 - base_rate) + (positions - exceeded) * base_rate * base_rate
            as reference_squares
    from forecasts
),

scores as (
    select
        errors.as_of_date,
        errors.partner_id,
        cast(sum(errors.positions) as bigint) as positions,
        cast(sum(errors.exceeded) as bigint) as exceeded,
        {{ ordered_sum("errors.squares") }} / nullif(sum(errors.positions), 0) as brier_score,
        {{ ordered_sum("errors.reference_squares") }} / nullif(sum(errors.positions), 0) as reference_brier_score
    from errors
    group by errors.as_of_date, errors.partner_id
)

select
    partners.as_of_date,
    partners.partner_id,
    coalesce(scores.positions, 0) as positions,
    coalesce(scores.exceeded, 0) as exceeded,
    scores.brier_score,
    scores.reference_brier_score,
    case
        when scores.exceeded >= 5 then 1 - scores.brier_score / nullif(scores.reference_brier_score, 0)
    end as skill
from partners
left join scores
    on
        partners.as_of_date = scores.as_of_date
        and partners.partner_id = scores.partner_id
