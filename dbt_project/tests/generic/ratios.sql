{# Rows whose ratio is not its dividend by its divisor, or is not null where the divisor is 0. #}
{% test ratios(model, columns) %}
select
    as_of_date,
    partner_id,
    product,
    {% for column, (dividend, divisor) in columns.items() -%}
    {{ column }},
    {{ ratio(dividend, divisor) }} as expected_{{ column }}{{ "," if not loop.last }}
    {% endfor %}
from {{ model }}
where {{ has_other_ratios(columns) }}
{% endtest %}
