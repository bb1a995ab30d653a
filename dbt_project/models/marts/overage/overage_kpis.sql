with partner_products as (
    select * from {{ ref("int_partner_products") }}
),

positions as (
    select * from {{ ref("license_positions") }}
    where
        is_over_limit
        and {{ in_window("as_of_date") }}
)

select
    partner_products.as_of_date,
    partner_products.partner_id,
    partner_products.product,
    count(distinct positions.customer_id) as customers_with_overages,
    {{ total("positions.overage_licenses") }} as total_licenses_in_overage,
    {{ ratio("sum(positions.overage_licenses)", "count(distinct positions.customer_id)") }} as avg_license_overage
from partner_products
left join positions
    on
        partner_products.as_of_date = positions.as_of_date
        and partner_products.partner_id = positions.partner_id
        and partner_products.product = positions.product
group by partner_products.as_of_date, partner_products.partner_id, partner_products.product
