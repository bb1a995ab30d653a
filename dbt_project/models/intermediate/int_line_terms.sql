{{ config(materialized="view") }}

with snapshots as (
    select
        optional.as_of_date,
        optional.partner_id,
        optional.contract_lines_date,
        required.license_assignments_date
    from {{ ref("int_optional_snapshots") }} as optional
    inner join {{ ref("int_partner_snapshots") }} as required
        on
            optional.as_of_date = required.as_of_date
            and optional.partner_id = required.partner_id
    where optional.contract_lines_date is not null
),

licenses as (
    select * from {{ ref("stg_license_assignments") }}
    where {{ is_dashboard_product("product") }}
),

terms as (
    select * from {{ ref("stg_contract_lines") }}
)

select
    snapshots.as_of_date,
    licenses.partner_id,
    licenses.product,
    licenses.subscription_id,
    licenses.license_code,
    licenses.total_licenses,
    terms.currency,
    terms.notice_days,
    terms.buying_model,
    terms.growth_allowance,
    terms.renewal_quantity,
    case
        when licenses.total_licenses = 0 then cast(0 as {{ type_money() }})
        else cast(licenses.total_licenses * terms.unit_price_month * 12 as {{ type_money() }})
    end as value_12m,
    case
        when licenses.total_licenses = 0 then cast(0 as {{ type_money() }})
        else cast(licenses.total_licenses * terms.unit_cost_month * 12 as {{ type_money() }})
    end as cost_12m
from snapshots
inner join licenses
    on
        snapshots.partner_id = licenses.partner_id
        and snapshots.license_assignments_date = licenses.snapshot_date
left join terms
    on
        snapshots.contract_lines_date = terms.snapshot_date
        and licenses.partner_id = terms.partner_id
        and licenses.subscription_id = terms.subscription_id
        and licenses.product = terms.product
        and licenses.license_code = terms.license_code
