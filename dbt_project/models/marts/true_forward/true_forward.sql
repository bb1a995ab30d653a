{% set years = "cast(extract(year from positions.as_of_date) - extract(year from positions.start_date) as integer)" -%}
with agreements as (
    select
        positions.*,  -- noqa: AM04
        terms.allowed_licenses as allowed,
        -- The first anniversary at the earliest; else this year's, unless it is over.
        case
            when {{ years }} < 1 then 1
            when {{ date_add_months("positions.start_date", "12 * " ~ years) }} < positions.as_of_date
                then {{ years }} + 1
            else {{ years }}
        end as year_of_agreement
    from {{ ref("license_positions") }} as positions
    inner join {{ ref("int_position_terms") }} as terms
        on
            positions.as_of_date = terms.as_of_date
            and positions.partner_id = terms.partner_id
            and positions.product = terms.product
            and positions.subscription_id = terms.subscription_id
    where
        positions.buying_model = 'enterprise_agreement'
        and {{ in_window("positions.as_of_date") }}
),

dated as (
    select
        *,
        {{ date_add_months("start_date", "12 * year_of_agreement") }} as true_forward_date,
        {{ date_add_days(date_add_months("start_date", "12 * year_of_agreement - 1"), -1) }} as measured_on,
        assigned_licenses > allowed as is_overconsumed
    from agreements
),

measured as (
    select
        *,
        case when is_overconsumed then assigned_licenses - total_licenses else 0 end as exposure_licenses
    from dated
    where end_date is null or true_forward_date < end_date
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
    growth_allowance,
    true_forward_date,
    measured_on,
    {{ days_between("as_of_date", "measured_on") }} as days_until_measured,
    {{ bigint_or_null("allowed") }} as allowed_licenses,
    is_overconsumed,
    cast({{ excess(of="assigned_licenses", over="allowed") }} as bigint) as licenses_to_free,
    exposure_licenses,
    currency,
    {{ part_of("value_12m", "exposure_licenses", "total_licenses") }} as exposure_12m
from measured
