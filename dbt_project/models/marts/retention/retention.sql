with partner_products as (
    select * from {{ ref("int_partner_products") }}
),

years_before as (
    select * from {{ ref("int_partner_look_backs") }}
    where days_before = {{ retention_days() }}
),

customers as (
    select * from {{ ref("int_customer_retention") }}
),

sums as (
    select
        partner_products.as_of_date,
        partner_products.partner_id,
        partner_products.product,
        count(customers.customer_id) as base_customers,
        count(case when customers.licenses_now > 0 then 1 end) as retained_customers,
        coalesce(sum(customers.licenses_then), 0) as base_licenses,
        coalesce(sum(
            case
                when customers.licenses_now < customers.licenses_then then customers.licenses_now
                else customers.licenses_then
            end
        ), 0) as kept_licenses,
        coalesce(sum(customers.licenses_now), 0) as licenses_now
    from partner_products
    inner join years_before
        on
            partner_products.as_of_date = years_before.as_of_date
            and partner_products.partner_id = years_before.partner_id
    left join customers
        on
            partner_products.as_of_date = customers.as_of_date
            and partner_products.partner_id = customers.partner_id
            and partner_products.product = customers.product
    group by partner_products.as_of_date, partner_products.partner_id, partner_products.product
)

select
    partner_products.as_of_date,
    partner_products.partner_id,
    partner_products.product,
    sums.base_customers,
    sums.retained_customers,
    {{ bigint_or_null("sums.base_licenses") }} as base_licenses,
    {{ bigint_or_null("sums.kept_licenses") }} as kept_licenses,
    {{ bigint_or_null("sums.licenses_now") }} as licenses_now,
    {{ ratio("sums.retained_customers", "sums.base_customers") }} as customer_retention,
    {{ ratio("sums.kept_licenses", "sums.base_licenses") }} as gross_license_retention,
    {{ ratio("sums.licenses_now", "sums.base_licenses") }} as net_license_retention
from partner_products
left join sums
    on
        partner_products.as_of_date = sums.as_of_date
        and partner_products.partner_id = sums.partner_id
        and partner_products.product = sums.product
