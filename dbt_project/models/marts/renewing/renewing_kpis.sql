with partner_products as (
    select * from {{ ref("int_partner_products") }}
),

positions as (
    select * from {{ ref("license_positions") }}
    where
        is_renewing
        and {{ in_window("as_of_date") }}
)

select
    partner_products.as_of_date,
    partner_products.partner_id,
    partner_products.product,
    count(distinct positions.customer_id) as renewing_customers,
    {{ total("positions.total_licenses") }} as total_licenses,
    {{ total("positions.assigned_licenses") }} as assigned_licenses,
    {{ total("positions.used_licenses") }} as used_licenses,
    {{ ratio("sum(positions.assigned_licenses)", "sum(positions.total_licenses)") }} as license_assignment_ratio,
    {{ ratio("sum(positions.used_licenses)", "sum(positions.total_licenses)") }} as license_usage_ratio
from partner_products
left join positions
    on
        partner_products.as_of_date = positions.as_of_date
        and partner_products.partner_id = positions.partner_id
        and partner_products.product = positions.product
group by partner_products.as_of_date, partner_products.partner_id, partner_products.product
