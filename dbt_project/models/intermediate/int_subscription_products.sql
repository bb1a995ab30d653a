{{ config(materialized="view") }}

select
    snapshot_date,
    partner_id,
    subscription_id,
    product,
    {{ total("total_licenses") }} as total_licenses,
    {{ total("assigned_licenses") }} as assigned_licenses
from {{ ref("stg_license_assignments") }}
where {{ is_dashboard_product("product") }}
group by snapshot_date, partner_id, subscription_id, product
