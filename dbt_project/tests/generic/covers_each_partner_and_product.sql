{#
    As-of dates and partners of portfolio_kpis for which a mart lacks a product or has another one, or that have rows
    in the mart alone.
#}
{% test covers_each_partner_and_product(model) %}
with partners as (
    select
        as_of_date,
        partner_id
    from {{ ref("portfolio_kpis") }}
    where {{ in_window("as_of_date") }}
),

covered as (
    select * from {{ model }}
)

select
    coalesce(partners.as_of_date, covered.as_of_date) as as_of_date,
    coalesce(partners.partner_id, covered.partner_id) as partner_id
from partners
full outer join covered
    on
        partners.as_of_date = covered.as_of_date
        and partners.partner_id = covered.partner_id
group by
    coalesce(partners.as_of_date, covered.as_of_date),
    coalesce(partners.partner_id, covered.partner_id)
having
    count(distinct partners.partner_id) = 0
    or count(distinct covered.product) <> {{ dashboard_products() | length }}
    or count(distinct case when {{ is_dashboard_product("covered.product") }} then covered.product end)
    <> {{ dashboard_products() | length }}
{% endtest %}
