with worklist as (
    select * from {{ ref("int_renewal_worklist") }}
),

sums as (
    select
        as_of_date,
        partner_id,
        product,
        coalesce(currency, 'none') as currency,
        count(distinct customer_id) as customers,
        count(distinct subscription_id) as subscriptions,
        {{ bigint_or_null("sum(" ~ wide("total_licenses") ~ ")") }} as total_licenses,
        {{ money_sum("value_12m") }} as value_12m,
        {{ ordered_sum("avoidable_12m") }} as avoidable_12m,
        count(case when value_12m is null then 1 end) as unpriced_subscriptions,
        count(case when days_until_decision < 0 and motion <> 'convert' then 1 end) as overdue_decisions,
        count(case when days_until_decision between 0 and 30 and motion <> 'convert' then 1 end) as decisions_in_30_days
    from worklist
    group by as_of_date, partner_id, product, coalesce(currency, 'none')
)

select
    as_of_date,
    partner_id,
    product,
    currency,
    customers,
    subscriptions,
    total_licenses,
    {{ as_double("value_12m") }} as value_12m,
    avoidable_12m,
    unpriced_subscriptions,
    overdue_decisions,
    decisions_in_30_days
from sums
