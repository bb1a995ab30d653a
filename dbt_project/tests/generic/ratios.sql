{# Rows whose ratio is not its dividend by its divisor, or is not null where the divisor is 0. #}
{% test ratios(model, columns) %}
with rows_seen as (
    select
        as_of_date,
        partner_id,
        product,
        {% for column, (dividend, divisor) in columns.items() -%}
        {{ column }},
        {{ ratio(dividend, divisor) }} as expected_{{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ model }}
)

select *
from rows_seen
where
    {% for column in columns -%}
    {{ "or " if not loop.first }}not coalesce({{ column }} = expected_{{ column }}, {{ column }} is null and expected_{{ column }} is null)
    {% endfor %}
{% endtest %}
