{{ config(materialized="view") }}

select
    day,
    partner_id,
    cast(sum(positions) as bigint) as positions,
    cast(sum(exceeded) as bigint) as exceeded
from {{ ref("int_overage_cohorts") }}
group by day, partner_id
