{#
    Rows whose ratio is not its dividend by its divisor, or is not null where the divisor is 0. Where one of the two
    `may_be_unknown`, being more than its column holds, the ratio is not looked at then. `by` names a row.
#}
{% test ratios(model, columns, by=["as_of_date", "partner_id", "product"], may_be_unknown=false) %}
select
    {% for key in by -%}
    {{ key }},
    {% endfor -%}
    {% for column, (dividend, divisor) in columns.items() -%}
    {{ column }},
    {{ ratio(dividend, divisor) }} as expected_{{ column }}{{ "," if not loop.last }}
    {% endfor %}
from {{ model }}
where {{ has_other_ratios(columns, may_be_unknown) }}
{% endtest %}
