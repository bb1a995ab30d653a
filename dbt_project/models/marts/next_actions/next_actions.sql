{# rule -> due date, licences, value #}
{% set actions = {
    "free_before_true_forward": ["measured_on", "licenses_to_free", "exposure_12m"],
    "settle_overage": ["as_of_date", "overage_licenses", part_of("value_12m", "overage_licenses", "total_licenses")],
    "convert_trial": ["end_date", "total_licenses", "value_12m"],
    "renew": ["case when decision_date > as_of_date then decision_date else as_of_date end", "total_licenses", "value_12m"],
    "right_size": ["decision_date", "reducible_licenses", "avoidable_12m"],
    "raise_assignment": [
        "cast(null as date)", "available_licenses", part_of("value_12m", "available_licenses", "total_licenses"),
    ],
    "offer_more": ["cast(null as date)", "cast(null as bigint)", "cast(null as " ~ type_double() ~ ")"],
} -%}
with ranked as (
    select
        *,
        cast(case
            {%- for action in actions %}
            when does_{{ action }} then {{ loop.index }}
            {%- endfor %}
        end as bigint) as priority  -- noqa: RF04
    from {{ ref("int_position_rules") }}
),

told as (
    select
        *,
        {% for action in actions -%}
        case when priority < {{ loop.index }} and does_{{ action }} then '{{ action }} ' else '' end
        {%- if not loop.last %} || {% endif %}
        {% endfor %} as other_actions
    from ranked
    where priority is not null
)

select
    as_of_date,
    partner_id,
    product,
    subscription_id,
    customer_id,
    customer_name,
    subscription_label,
    owner,
    segment,
    {{ name_of_number("priority", actions) }} as action,  -- noqa: RF04
    priority,
    cast(nullif(replace(trim(other_actions), ' ', ', '), '') as {{ dbt.type_string() }}) as also,  -- noqa: RF04
    {% for name in ["due_date", "licenses"] -%}
    {%- set number = loop.index0 -%}
    case priority
        {%- for values in actions.values() %}
        when {{ loop.index }} then {{ values[number] }}
        {%- endfor %}
    end as {{ name }},
    {% endfor -%}
    currency,
    case priority
        {%- for values in actions.values() %}
        when {{ loop.index }} then {{ values[2] }}
        {%- endfor %}
    end as value_12m
from told
