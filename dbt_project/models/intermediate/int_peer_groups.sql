{% set p = setting("PORTFOLIO_LOW_ASSIGNMENT_PERCENTILE") -%}
with positions as (
    select
        as_of_date,
        partner_id,
        product,
        {{ ratio("assigned_licenses", "total_licenses") }} as assignment_ratio,
        {{ size_band("total_licenses") }} as size_band
    from {{ ref("int_license_positions") }}
    where is_requested and total_licenses > 0
),

members as (
    select
        as_of_date,
        partner_id,
        product,
        assignment_ratio,
        size_band
    from positions

    union all

    select
        as_of_date,
        partner_id,
        product,
        assignment_ratio,
        'all' as size_band
    from positions
),

interpolated_ratios as (
    {{ percentiles(
        "members",
        ["as_of_date", "partner_id", "product", "size_band"],
        "assignment_ratio",
        {"p25_ratio": p, "median_ratio": 0.5},
    ) }}
)

select
    as_of_date,
    partner_id,
    product,
    size_band,
    row_count as peer_count,
    p25_ratio,
    median_ratio
from interpolated_ratios
