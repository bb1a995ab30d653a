{% set sums = ["total_licenses", "assigned_licenses", "used_licenses", "available_licenses", "overage_licenses"] -%}
{% set changes = ["weekly_assignment_change", "weekly_usage_change"] -%}
{% set flags = {
    "trials": "is_trial", "expiring_subscriptions": "is_expiring", "renewing_subscriptions": "is_renewing",
    "low_assignment_subscriptions": "is_low_assignment", "over_limit_subscriptions": "is_over_limit",
} -%}
with customers as (
    select * from {{ ref("dim_customers") }}
    where {{ in_window("as_of_date") }}
),

figures as (
    select
        as_of_date,
        partner_id,
        customer_id,
        case
            when max(has_calling) + max(has_meetings) = 2 then 'calling, meetings'
            when max(has_calling) = 1 then 'calling'
            else 'meetings'
        end as products,
        count(*) as subscriptions,
        {% for figure in sums + changes -%}
        sum({{ figure }}) as {{ figure }},
        {% endfor -%}
        {% for column, flag in flags.items() -%}
        cast(sum({{ flag }}) as bigint) as {{ column }},
        {% endfor -%}
        min(end_date) as next_end_date,
        case when min(first_currency) = max(last_currency) then min(first_currency) end as currency,
        -- A subscription whose own sum is out of type has one of none.
        case
            when
                min(first_currency) = max(last_currency)
                and count(case when priced_positions > 0 and value_12m is null then 1 end) = 0
                then {{ money_sum("value_12m") }}
        end as value_12m,
        count(case when priced_positions < positions then 1 end) as unpriced_subscriptions
    from {{ ref("int_customer_subscriptions") }}
    group by as_of_date, partner_id, customer_id
)

select
    customers.as_of_date,
    customers.partner_id,
    customers.customer_id,
    customers.customer_name,
    customers.country_code,
    customers.owner,
    customers.segment,
    customers.sub_partner_id,
    coalesce(figures.products, '') as products,
    coalesce(figures.subscriptions, 0) as subscriptions,
    coalesce(figures.trials, 0) as trials,
    {% for figure in sums -%}
    {{ bigint_or_null("coalesce(figures." ~ figure ~ ", 0)") }} as {{ figure }},
    {% endfor -%}
    {{ ratio("figures.assigned_licenses", "figures.total_licenses") }} as assignment_ratio,
    {{ ratio("figures.used_licenses", "figures.total_licenses") }} as usage_ratio,
    {% for figure in changes -%}
    {{ bigint_or_null("figures." ~ figure) }} as {{ figure }},
    {% endfor -%}
    figures.next_end_date,
    {{ days_between("customers.as_of_date", "figures.next_end_date") }} as days_until_next_end,
    {% for column in flags if column != "trials" -%}
    coalesce(figures.{{ column }}, 0) as {{ column }},
    {% endfor -%}
    figures.currency,
    {{ as_double("figures.value_12m") }} as value_12m,
    coalesce(figures.unpriced_subscriptions, 0) as unpriced_subscriptions
from customers
left join figures
    on
        customers.as_of_date = figures.as_of_date
        and customers.partner_id = figures.partner_id
        and customers.customer_id = figures.customer_id
where customers.is_managed or figures.customer_id is not null
