{# The name of the 64 bit floating type. dbt.type_float() is 32 bits in DuckDB. #}
{% macro type_double() -%}
    {{ return(adapter.dispatch("type_double")()) }}
{%- endmacro %}

{% macro default__type_double() -%} double {%- endmacro %}

{% macro postgres__type_double() -%} double precision {%- endmacro %}


{# A fraction of two whole numbers, a double; null when the divisor is 0. #}
{% macro ratio(dividend, divisor) -%}
    cast({{ dividend }} as {{ type_double() }}) / nullif({{ divisor }}, 0)
{%- endmacro %}


{# The sum of a count over a group, a bigint (DuckDB sums a bigint to 128 bits); 0 when the group is empty. #}
{% macro total(column) -%}
    cast(coalesce(sum({{ column }}), 0) as bigint)
{%- endmacro %}


{# What is above zero of a difference. #}
{% macro excess(of, over) -%}
    case when {{ of }} > {{ over }} then {{ of }} - {{ over }} else 0 end
{%- endmacro %}


{# Exact percentile of a group, an aggregate: linear interpolation between closest ranks, p from 0 to 1. #}
{% macro percentile(column, p) -%}
    {{ return(adapter.dispatch("percentile")(column, p)) }}
{%- endmacro %}

{% macro default__percentile(column, p) -%}
    percentile_cont({{ p }}) within group (order by {{ column }})
{%- endmacro %}

{% macro spark__percentile(column, p) -%}
    percentile({{ column }}, {{ p }})
{%- endmacro %}
