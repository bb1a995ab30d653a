{#
    Log the data tests of all models, in one line of JSON, for whoever runs them together (assets/dbt/check_run.py). As a
    node of dbt's own a test takes 0.04 s around its query, and it reads its model by itself.
    `query` finds a test's failing rows, as in `dbt test`. `suspects`, where a kind of test has it, is an aggregate over the
    model's `rows`: 0 exactly where the query finds nothing. One scan takes the aggregates of all tests of a model. A test that
    compares tables may have a `first_look`: a query of a number that is 0 only where the query finds nothing.
#}
{% macro log_checks() %}
    {% set checks = [] %}
    {% for unique_id in graph.nodes if unique_id.startswith("test.") %}
        {% do checks.append(check_of(graph.nodes[unique_id])) %}
    {% endfor %}
    {% do log(tojson({"checks": checks})) %}
{% endmacro %}


{# A test's node as `unique_id`, `rows`, `query`, `suspects` and `first_look` (these two empty where its kind has none). #}
{% macro check_of(test) %}
    {% set arguments = {} %}
    {% for name, value in test.test_metadata.kwargs.items() if name != "model" %}
        {% do arguments.update({name: referred(value)}) %}
    {% endfor %}
    {% set rows = in_scope(ref(test.attached_node.split(".")[-1]), test.config.where) %}
    {% set kind = test.test_metadata.name %}
    {% set suspects = context["suspects_" ~ kind](**arguments) if "suspects_" ~ kind in context else "" %}
    {% set looks = "first_look_" ~ kind in context %}
    {% set first_look = context["first_look_" ~ kind](model=rows, **arguments) if looks else "" %}
    {{ return({
        "unique_id": test.unique_id,
        "rows": rows | string,
        "query": context["test_" ~ kind](model=rows, **arguments),
        "suspects": suspects | trim,
        "first_look": first_look | trim,
    }) }}
{% endmacro %}


{# A test's argument as its SQL needs it: `ref('…')` is the relation, as dbt has it. #}
{% macro referred(value) %}
    {% if value is string and value.startswith("ref(") %}
        {{ return(ref(value.split("'")[1])) }}
    {% endif %}
    {{ return(value) }}
{% endmacro %}


{% macro suspects_unique_grain(columns) -%}
    {{ grain_suspects(columns) }}
{%- endmacro %}


{% macro suspects_rows_satisfy(conditions) -%}
    count(case when {{ breaks_conditions(conditions) }} then 1 end)
{%- endmacro %}


{% macro suspects_ratios(columns, by=[], may_be_unknown=false) -%}
    count(case when {{ has_other_ratios(columns, may_be_unknown) }} then 1 end)
{%- endmacro %}


{# dbt's own test counts the values, not their rows. #}
{% macro suspects_accepted_values(column_name, values) -%}
    count(case when {{ column_name }} not in ('{{ values | join("', '") }}') then 1 end)
{%- endmacro %}


{# Whether one of the conditions is false or unknown, as SQL. #}
{% macro breaks_conditions(conditions) -%}
    {%- for condition in conditions %}
    {{ "or " if not loop.first }}not coalesce({{ condition }}, false)
    {%- endfor %}
{%- endmacro %}


{#
    Whether one of the ratios is not its dividend by its divisor, or is not null where the divisor is 0, as SQL. A ratio of
    which one of the two is null is another one, unless that `may_be_unknown`.
#}
{% macro has_other_ratios(columns, may_be_unknown=false) -%}
    {%- for column, (dividend, divisor) in columns.items() %}
    {{ "or " if not loop.first }}not coalesce(
        {{ column }} = {{ ratio(dividend, divisor) }}, {{ column }} is null and {{ ratio(dividend, divisor) }} is null
        {%- if may_be_unknown %} or {{ dividend }} is null or {{ divisor }} is null{% endif %}
    )
    {%- endfor %}
{%- endmacro %}
