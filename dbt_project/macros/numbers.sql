{# The name of the 64 bit floating type. dbt.type_float() is 32 bits in DuckDB. #}
{% macro type_double() -%}
    {{ return(adapter.dispatch("type_double")()) }}
{%- endmacro %}

{% macro default__type_double() -%} double {%- endmacro %}

{% macro postgres__type_double() -%} double precision {%- endmacro %}

{% macro bigquery__type_double() -%} float64 {%- endmacro %}


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
    A query of exact percentiles of a column without nulls, for each group of `keys`: linear interpolation between closest
    ranks. Spelled out, since the engines' own functions differ in the last bit, are approximate, or are missing.
    `fractions` maps names to fractions from 0 to 1; `row_count` says how many rows a group has.
#}
{% macro percentiles(relation, keys, column, fractions) -%}
    {{ return(adapter.dispatch("percentiles")(relation, keys, column, fractions)) }}
{%- endmacro %}


{% macro default__percentiles(relation, keys, column, fractions) -%}
    with ranked as (
        select
            {{ keys | join(",\n            ") }},
            {{ column }} as figure,
            row_number() over (partition by {{ keys | join(", ") }} order by {{ column }} nulls last) - 1 as figure_rank,
            count(*) over (partition by {{ keys | join(", ") }}) as row_count
        from {{ relation }}
    )

    select
        {{ keys | join(",\n        ") }},
        row_count,
        {%- for name, p in fractions.items() %}
        {%- set rank = percentile_rank("row_count", p) %}
        {{ interpolated(
            "max(case when figure_rank = floor(" ~ rank ~ ") then figure end)",
            "max(case when figure_rank = ceil(" ~ rank ~ ") then figure end)",
            rank,
        ) }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from ranked
    group by {{ keys | join(", ") }}, row_count
{%- endmacro %}


{# Without a sort of all rows, where an aggregate can hold a sorted list. #}
{% macro duckdb__percentiles(relation, keys, column, fractions) -%}
    {{ percentiles_of_lists(relation, keys, column, fractions) }}
{%- endmacro %}

{% macro spark__percentiles(relation, keys, column, fractions) -%}
    {{ percentiles_of_lists(relation, keys, column, fractions) }}
{%- endmacro %}

{% macro percentiles_of_lists(relation, keys, column, fractions) -%}
    select
        {{ keys | join(",\n        ") }},
        count(*) as row_count,
        {%- for name, p in fractions.items() %}
        {%- set rank = percentile_rank("count(*)", p) %}
        {{ interpolated(
            ranked_value(column, "floor(" ~ rank ~ ")"), ranked_value(column, "ceil(" ~ rank ~ ")"), rank,
        ) }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ keys | join(", ") }}
{%- endmacro %}


{# The rank of a percentile among so many rows: 0 is the lowest value, and between two ranks lies a fraction. #}
{% macro percentile_rank(rows, p) -%}
    ({{ rows }} - 1) * cast({{ p }} as {{ type_double() }})
{%- endmacro %}


{% macro interpolated(below, above, rank) -%}
    {%- set part = "(" ~ rank ~ " - floor(" ~ rank ~ "))" -%}
    {{ below }} * (1 - {{ part }})
    + {{ above }} * {{ part }}
{%- endmacro %}


{# The value of a rank in a group, an aggregate; rank 0 is the lowest value. No other engine needs it. #}
{% macro ranked_value(column, rank) -%}
    {{ return(adapter.dispatch("ranked_value")(column, rank)) }}
{%- endmacro %}

{% macro duckdb__ranked_value(column, rank) -%}
    list_sort(list({{ column }}))[cast({{ rank }} as bigint) + 1]
{%- endmacro %}

{% macro spark__ranked_value(column, rank) -%}
    element_at(sort_array(collect_list({{ column }})), cast({{ rank }} as int) + 1)
{%- endmacro %}


{# How much computed fractions may differ and still be equal: a flag must not depend on the last bit, or on the engine. #}
{% macro tolerance() -%} 1e-9 {%- endmacro %}
