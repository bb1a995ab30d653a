with partner_snapshots as (
    select * from {{ ref("int_partner_snapshots") }}
    where is_requested
),

snapshot_customers as (
    select
        partner_snapshots.as_of_date,
        customers.partner_id,
        customers.customer_id,
        customers.customer_name,
        customers.country_code,
        customers.created_on
    from partner_snapshots
    inner join {{ ref("stg_customers") }} as customers
        on
            partner_snapshots.partner_id = customers.partner_id
            and partner_snapshots.customers_date = customers.snapshot_date
),

subscribers as (
    select distinct
        as_of_date,
        partner_id,
        customer_id
    from {{ ref("int_subscriptions_in_scope") }}
    where is_requested
),

all_customers as (
    select
        as_of_date,
        partner_id,
        customer_id,
        customer_name,
        country_code,
        created_on,
        true as is_managed
    from snapshot_customers

    union all

    -- Subscriptions may name a customer that the snapshot lacks: facts must find it all the same.
    select
        subscribers.as_of_date,
        subscribers.partner_id,
        subscribers.customer_id,
        subscribers.customer_id as customer_name,
        cast(null as {{ dbt.type_string() }}) as country_code,
        cast(null as date) as created_on,
        false as is_managed
    from subscribers
    left join snapshot_customers
        on
            subscribers.as_of_date = snapshot_customers.as_of_date
            and subscribers.partner_id = snapshot_customers.partner_id
            and subscribers.customer_id = snapshot_customers.customer_id
    where snapshot_customers.customer_id is null
),

accounts as (
    select * from {{ ref("int_customer_accounts") }}
)

select
    all_customers.as_of_date,
    all_customers.partner_id,
    {{ star_key("all_customers.customer_id", "all_customers.partner_id") }} as customer_key,
    all_customers.customer_id,
    all_customers.customer_name,
    all_customers.country_code,
    all_customers.created_on,
    all_customers.is_managed,
    accounts.owner,
    accounts.segment,
    accounts.sub_partner_id
from all_customers
left join accounts
    on
        all_customers.as_of_date = accounts.as_of_date
        and all_customers.partner_id = accounts.partner_id
        and all_customers.customer_id = accounts.customer_id
