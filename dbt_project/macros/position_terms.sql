{#
    A query of positions (a relation with at least key, customer_id, is_trial and total_licenses) with what is agreed on each,
    who looks after its customer, and on how many days usage was delivered. license_positions asks it of its own rows: joined
    with int_position_terms by their key, a million positions took 1 CPU s more.
#}
{% macro with_terms(positions) -%}
    select
        positions.*,  -- noqa: AM04
        coalesce(usage_days.usage_days_loaded_90d, 0) as usage_days_loaded_90d,
        terms.currency,
        terms.value_12m,
        terms.cost_12m,
        coalesce(
            terms.notice_days,
            case when positions.is_trial then 0 else {{ setting("PORTFOLIO_DEFAULT_NOTICE_DAYS") }} end
        ) as notice_days,
        terms.buying_model,
        terms.growth_allowance,
        terms.renewal_quantity,
        {{ wide("floor(positions.total_licenses * (1 + terms.growth_allowance))") }} as allowed_licenses,
        accounts.owner,
        accounts.segment,
        accounts.sub_partner_id
    from {{ positions }} as positions
    left join (
        select
            as_of_date,
            partner_id,
            product,
            subscription_id,
            currency,
            value_12m,
            cost_12m,
            notice_days,
            buying_model,
            case
                when buying_model = 'enterprise_agreement'
                    then coalesce(growth_allowance, cast({{ setting("PORTFOLIO_GROWTH_ALLOWANCE") }} as decimal(18, 6)))
            end as growth_allowance,
            renewal_quantity
        from {{ ref("int_subscription_terms") }}
    ) as terms
        on
            positions.as_of_date = terms.as_of_date
            and positions.partner_id = terms.partner_id
            and positions.product = terms.product
            and positions.subscription_id = terms.subscription_id
    left join {{ ref("int_customer_accounts") }} as accounts
        on
            positions.as_of_date = accounts.as_of_date
            and positions.partner_id = accounts.partner_id
            and positions.customer_id = accounts.customer_id
    left join {{ ref("int_product_usage_days") }} as usage_days
        on
            positions.as_of_date = usage_days.as_of_date
            and positions.partner_id = usage_days.partner_id
            and positions.product = usage_days.product
{%- endmacro %}
