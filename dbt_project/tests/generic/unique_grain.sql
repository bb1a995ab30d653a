{# Rows of a model whose key is null in part, or held by another row. #}
{% test unique_grain(model, columns) %}
{{ grain_violations(model, columns) }}
{% endtest %}
