{{ config(materialized="view") }}

with positions as (
    select
        as_of_date,
        partner_id,
        product,
        subscription_id,
        {{ size_band("total_licenses") }} as size_band
    from {{ ref("int_position_measures") }}
    where total_licenses > 0
),

peer_groups as (
    select * from {{ ref("int_peer_groups") }}
),

chosen_groups as (
    select
        positions.as_of_date,
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        case
            when bands.peer_count >= {{ setting("PORTFOLIO_LOW_ASSIGNMENT_MIN_PEERS") }} then positions.size_band
            else 'all'
        end as size_band
    from positions
    inner join peer_groups as bands
        on
            positions.as_of_date = bands.as_of_date
            and positions.partner_id = bands.partner_id
            and positions.product = bands.product
            and positions.size_band = bands.size_band
)

select
    chosen_groups.as_of_date,
    chosen_groups.partner_id,
    chosen_groups.product,
    chosen_groups.subscription_id,
    chosen_groups.product || ' ' || chosen_groups.size_band as peer_group,
    peer_groups.peer_count,
    peer_groups.p25_ratio as peer_p25_ratio,
    peer_groups.median_ratio as peer_median_ratio
from chosen_groups
inner join peer_groups
    on
        chosen_groups.as_of_date = peer_groups.as_of_date
        and chosen_groups.partner_id = peer_groups.partner_id
        and chosen_groups.product = peer_groups.product
        and chosen_groups.size_band = peer_groups.size_band
