{{ config(materialized="view") }}

{% set right_size -%}
coalesce(
        worklist.days_until_decision between 0 and 60
        and worklist.reducible_licenses >= 5
        and {{ wide("worklist.reducible_licenses") }} * 10 >= positions.total_licenses,
        false
    ) and coalesce(worklist.renewal_quantity > worklist.needed_licenses, true)
{%- endset -%}
with positions as (
    select * from {{ ref("license_positions") }}
    where {{ in_window("as_of_date") }}
),

terms as (
    select * from {{ ref("int_position_terms") }}
    where buying_model = 'enterprise_agreement'
),

forwards as (
    select * from {{ ref("true_forward") }}
    where {{ in_window("as_of_date") }}
),

worklist as (
    select * from {{ ref("renewal_worklist") }}
    where {{ in_window("as_of_date") }}
),

risks as (
    select * from {{ ref("overage_risk") }}
    where {{ in_window("as_of_date") }}
)

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
    positions.end_date,
    positions.total_licenses,
    positions.available_licenses,
    positions.overage_licenses,
    positions.currency,
    positions.value_12m,
    forwards.measured_on,
    forwards.licenses_to_free,
    forwards.exposure_12m,
    worklist.decision_date,
    worklist.reducible_licenses,
    worklist.avoidable_12m,
    coalesce(forwards.is_overconsumed and forwards.days_until_measured between 0 and 60, false)
        as does_free_before_true_forward,
    positions.is_over_limit
    and not coalesce(positions.assigned_licenses <= terms.allowed_licenses, false)
    and not coalesce(forwards.days_until_measured >= 0, false) as does_settle_overage,
    coalesce(
        worklist.motion = 'convert'
        and worklist.days_until_end <= 30
        and {{ wide("positions.used_licenses_90d") }} * 100 >= {{ wide("positions.total_licenses") }} * 60
        and positions.total_licenses > 0,
        false
    ) as does_convert_trial,
    coalesce(
        worklist.motion = 'renewal' and worklist.days_until_decision <= 30, false
    ) and coalesce(positions.renewal_quantity, 0) = 0 as does_renew,
    {{ right_size }} as does_right_size,
    positions.is_low_assignment
    and positions.available_licenses >= 5
    and not ({{ right_size }}) as does_raise_assignment,
    coalesce(
        risks.headroom_band = '95-100 %' and risks.growth_band in ('slow', 'fast')
        or risks.cohort_positions > 0
        and (
            {{ wide("risks.similar_exceeded") }} * risks.cohort_positions + {{ wide("risks.cohort_exceeded") }} * 10
        ) * 4 >= ({{ wide("risks.similar_positions") }} + 10) * risks.cohort_positions,
        false
    ) as does_offer_more
from positions
{% for table in ["terms", "forwards", "worklist", "risks"] -%}
left join {{ table }}
    on
        positions.as_of_date = {{ table }}.as_of_date
        and positions.partner_id = {{ table }}.partner_id
        and positions.product = {{ table }}.product
        and positions.subscription_id = {{ table }}.subscription_id
{% endfor %}
