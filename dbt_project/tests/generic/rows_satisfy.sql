{# Rows for which one of the conditions is false or unknown. #}
{% test rows_satisfy(model, conditions) %}
select *
from {{ model }}
where {{ breaks_conditions(conditions) }}
{% endtest %}
