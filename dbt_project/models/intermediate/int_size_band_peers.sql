{{ config(materialized="view") }}

with size_bands as (
    select * from {{ ref("int_peer_groups") }}
    where size_band <> 'all'
),

peer_groups as (
    select * from {{ ref("int_peer_groups") }}
),

chosen_groups as (
    select
        as_of_date,
        partner_id,
        product,
        size_band,
        case
            when peer_count >= {{ setting("PORTFOLIO_LOW_ASSIGNMENT_MIN_PEERS") }} then size_band
            else 'all'
        end as chosen_band
    from size_bands
)

select
    chosen_groups.as_of_date,
    chosen_groups.partner_id,
    chosen_groups.product,
    chosen_groups.size_band,
    chosen_groups.product || ' ' || chosen_groups.chosen_band as peer_group,
    peer_groups.peer_count,
    peer_groups.p25_ratio as peer_p25_ratio,
    peer_groups.median_ratio as peer_median_ratio
from chosen_groups
inner join peer_groups
    on
        chosen_groups.as_of_date = peer_groups.as_of_date
        and chosen_groups.partner_id = peer_groups.partner_id
        and chosen_groups.product = peer_groups.product
        and chosen_groups.chosen_band = peer_groups.size_band
