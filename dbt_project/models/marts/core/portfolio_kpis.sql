with managed_customers as (
    select * from {{ ref("int_managed_customers") }}
),

positions as (
    select * from {{ ref("license_positions") }}
    where {{ in_window("as_of_date") }}
)

select
    managed_customers.as_of_date,
    managed_customers.partner_id,
    count(distinct positions.customer_id) as total_customers,
    count(distinct case when positions.is_expiring then positions.customer_id end) as nearing_expiration_customers,
    count(distinct case when positions.is_renewing then positions.customer_id end) as nearing_renewal_customers,
    count(distinct case when positions.is_low_assignment then positions.customer_id end) as low_assignment_customers,
    count(distinct case when positions.is_over_limit then positions.customer_id end) as over_limit_customers,
    managed_customers.managed_customers
from managed_customers
left join positions
    on
        managed_customers.as_of_date = positions.as_of_date
        and managed_customers.partner_id = positions.partner_id
group by managed_customers.as_of_date, managed_customers.partner_id, managed_customers.managed_customers
