{#
    Positions whose weekly change is not the difference of the two stored days, or is not null where the first has none.
    Only days that are stored as their inputs are now can be compared: those of the window, and PORTFOLIO_STORED_DAYS.
    The weekly change itself comes from raw data, whatever is stored.
#}
{% test weekly_changes(model) %}
{%- set measures = {"weekly_assignment_change": "assigned_licenses", "weekly_usage_change": "used_licenses"} -%}
with positions as (
    select * from {{ model }}
),

week_before as (
    select
        {{ date_add_days("as_of_date", weekly_change_days()) }} as as_of_date,
        partner_id,
        product,
        subscription_id,
        assigned_licenses,
        used_licenses
    from {{ ref("license_positions") }}
    where {{ is_comparable("as_of_date") }}
),

compared as (
    select
        positions.as_of_date,
        positions.partner_id,
        positions.product,
        positions.subscription_id,
        {% for change, licenses in measures.items() -%}
        positions.{{ change }},
        positions.{{ licenses }} - week_before.{{ licenses }} as expected_{{ change }}{{ "," if not loop.last }}
        {% endfor %}
    from positions
    left join week_before
        on
            positions.as_of_date = week_before.as_of_date
            and positions.partner_id = week_before.partner_id
            and positions.product = week_before.product
            and positions.subscription_id = week_before.subscription_id
    where {{ is_comparable(date_add_days("positions.as_of_date", -weekly_change_days())) }}
)

select *
from compared
where
    {% for change in measures -%}
    {{ "or " if not loop.first }}not coalesce({{ change }} = expected_{{ change }}, {{ change }} is null and expected_{{ change }} is null)
    {% endfor %}
{% endtest %}
