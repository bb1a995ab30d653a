{# Rows for which one of the conditions is false or unknown. #}
{% test rows_satisfy(model, conditions) %}
select *
from {{ model }}
where
    {% for condition in conditions -%}
    {{ "or " if not loop.first }}not coalesce({{ condition }}, false)
    {% endfor %}
{% endtest %}
