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


{#
    Exact percentile of a group, an aggregate over a column without nulls: linear interpolation between closest ranks,
    p from 0 to 1. Spelled out, since the engines' own functions differ in the last bit.
#}
{% macro percentile(column, p) -%}
    {%- set rank = "(count(*) - 1) * cast(" ~ p ~ " as " ~ type_double() ~ ")" -%}
    {%- set above = "(" ~ rank ~ " - floor(" ~ rank ~ "))" -%}
    {{ ranked_value(column, "floor(" ~ rank ~ ")") }} * (1 - {{ above }})
    + {{ ranked_value(column, "ceil(" ~ rank ~ ")") }} * {{ above }}
{%- endmacro %}


{# The value of a rank in a group, an aggregate; rank 0 is the lowest value. #}
{% macro ranked_value(column, rank) -%}
    {{ return(adapter.dispatch("ranked_value")(column, rank)) }}
{%- endmacro %}

{% macro default__ranked_value(column, rank) -%}
    (array_agg({{ column }} order by {{ column }}))[cast({{ rank }} as integer) + 1]
{%- endmacro %}

{% macro duckdb__ranked_value(column, rank) -%}
    list_sort(list({{ column }}))[cast({{ rank }} as bigint) + 1]
{%- endmacro %}

{% macro spark__ranked_value(column, rank) -%}
    element_at(sort_array(collect_list({{ column }})), cast({{ rank }} as int) + 1)
{%- endmacro %}


{# How much computed fractions may differ and still be equal: a flag must not depend on the last bit, or on the engine. #}
{% macro tolerance() -%} 1e-9 {%- endmacro %}
