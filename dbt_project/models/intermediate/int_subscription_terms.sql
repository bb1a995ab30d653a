with line_terms as (
    select
        *,
        currency as line_currency
    from {{ ref("int_line_terms") }}
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    {{ only_value("line_currency") }} as currency,
    case
        when min(line_currency) = max(line_currency) and count(value_12m) = count(*) then {{ money_sum("value_12m") }}
    end as value_12m,
    case
        when min(line_currency) = max(line_currency) and count(cost_12m) = count(*) then {{ money_sum("cost_12m") }}
    end as cost_12m,
    max(notice_days) as notice_days,
    {{ only_value("buying_model") }} as buying_model,
    min(growth_allowance) as growth_allowance,
    case
        when count(case when total_licenses > 0 and renewal_quantity is null then 1 end) = 0
            then {{ bigint_or_null("sum(" ~ wide("renewal_quantity") ~ ")") }}
    end as renewal_quantity
from line_terms
group by as_of_date, partner_id, product, subscription_id
having count(line_currency) > 0
