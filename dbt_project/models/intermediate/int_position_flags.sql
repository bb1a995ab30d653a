{{ config(materialized="view") }}

with positions as (
    select * from {{ ref("int_position_measures") }}
),

peers as (
    select * from {{ ref("int_size_band_peers") }}
)

select
    positions.*,  -- noqa: AM04
    positions.days_since_added between 0 and {{ setting("PORTFOLIO_RECENTLY_ADDED_DAYS") }} as is_recently_added,
    {{ is_expiring("positions", "positions.days_until_end") }} as is_expiring,
    {{ is_renewing("positions", "positions.days_until_end") }} as is_renewing,
    positions.assigned_licenses > positions.total_licenses as is_over_limit,
    coalesce(
        positions.assignment_ratio <= peers.peer_p25_ratio + {{ tolerance() }}
        and peers.peer_median_ratio - positions.assignment_ratio
        >= cast({{ setting("PORTFOLIO_LOW_ASSIGNMENT_MIN_GAP") }} as {{ type_double() }}) - {{ tolerance() }},
        false
    ) as is_low_assignment,
    peers.peer_group,
    peers.peer_count,
    peers.peer_p25_ratio,
    peers.peer_median_ratio
from positions
left join peers
    on
        positions.as_of_date = peers.as_of_date
        and positions.partner_id = peers.partner_id
        and positions.product = peers.product
        -- A condition on positions alone beside the keys would have DuckDB compare all rows with all.
        and case
            when positions.total_licenses > 0 then {{ size_band("positions.total_licenses") }}
        end = peers.size_band
