{# A whole number in 128 bits: products, sums and comparisons of counts can't overflow there. #}
{% macro wide(number) -%}
    cast({{ number }} as {{ type_wide() }})
{%- endmacro %}


{# The name of a type that holds every product of two counts. #}
{% macro type_wide() -%}
    {{ return(adapter.dispatch("type_wide")()) }}
{%- endmacro %}

{% macro default__type_wide() -%} decimal(38, 0) {%- endmacro %}

{% macro duckdb__type_wide() -%} hugeint {%- endmacro %}


{# A whole number of `type_wide` as a bigint; null where that can't hold it. #}
{% macro bigint_or_null(number) -%}
    case when {{ number }} between -9223372036854775807 and 9223372036854775807 then cast({{ number }} as bigint) end
{%- endmacro %}


{# A whole number of `type_wide`, not negative, divided by a constant, rounded down. #}
{% macro whole_part(number, divisor) -%}
    {{ return(adapter.dispatch("whole_part")(number, divisor)) }}
{%- endmacro %}

{# Exact: what is left of a multiple of the divisor has no fraction. #}
{% macro default__whole_part(number, divisor) -%}
    cast((({{ number }}) - mod({{ number }}, {{ divisor }})) / {{ divisor }} as {{ type_wide() }})
{%- endmacro %}

{% macro duckdb__whole_part(number, divisor) -%}
    (({{ number }}) // {{ divisor }})
{%- endmacro %}


{# The type of an amount of money. #}
{% macro type_money() -%} decimal(38, 6) {%- endmacro %}


{# An amount of money, or a fraction, as marts have it. #}
{% macro as_double(value) -%}
    cast({{ value }} as {{ type_double() }})
{%- endmacro %}


{#
    The sum of amounts of a group, none of them negative: null where none is known, or where the type can't hold it. The
    engine's own sum ends the query in the second case.
#}
{% macro money_sum(column) -%}
    {{ return(adapter.dispatch("money_sum")(column)) }}
{%- endmacro %}

{% macro default__money_sum(column) -%}
    sum({{ column }})
{%- endmacro %}

{% macro spark__money_sum(column) -%}
    cast(try_sum({{ column }}) as {{ type_money() }})
{%- endmacro %}

{# High and low digits are summed apart, so that neither sum can overflow. #}
{% macro duckdb__money_sum(column) -%}
    {%- set half = "cast(10000000000000000 as hugeint)" -%}
    {%- set whole = "cast(floor(" ~ column ~ ") as hugeint)" -%}
    {%- set high = "sum(" ~ whole ~ " // " ~ half ~ ")" -%}
    {%- set low = "sum(" ~ whole ~ " % " ~ half ~ ")" -%}
    {%- set fractions = "sum(" ~ column ~ " - floor(" ~ column ~ "))" -%}
    case
        when {{ high }} < {{ half }}
            then
                try_cast(
                    {{ high }} * {{ half }} + {{ low }} + cast(floor({{ fractions }}) as hugeint) as {{ type_money() }}
                ) + ({{ fractions }} - floor({{ fractions }}))
    end
{%- endmacro %}


{# The sum of doubles of a group, the smallest first: the same to the last bit in whatever order rows come. #}
{% macro ordered_sum(column) -%}
    {{ return(adapter.dispatch("ordered_sum")(column)) }}
{%- endmacro %}

{# In whatever order the rows come: the last bit may differ. #}
{% macro default__ordered_sum(column) -%}
    sum({{ column }})
{%- endmacro %}

{% macro duckdb__ordered_sum(column) -%}
    sum({{ column }} order by {{ column }})
{%- endmacro %}

{% macro spark__ordered_sum(column) -%}
    case
        when count({{ column }}) > 0
            then aggregate(sort_array(collect_list({{ column }})), cast(0 as double), (added, value) -> added + value)
    end
{%- endmacro %}


{# The part of an amount that falls on `part` of `whole` licences, a double; null when whole is 0. #}
{% macro part_of(amount, part, whole) -%}
    {{ as_double(amount) }} * {{ as_double(part) }} / nullif({{ as_double(whole) }}, 0)
{%- endmacro %}


{# The one value that a column has in a group, nulls beside it ignored; null when there are several, or none. #}
{% macro only_value(column) -%}
    case when min({{ column }}) = max({{ column }}) then min({{ column }}) end
{%- endmacro %}


{# Whether a position expires so soon that the section lists it; one that renews by itself does not. #}
{% macro is_expiring(position, days_until_end) -%}
    coalesce({{ days_until_end }} between 0 and {{ setting("PORTFOLIO_EXPIRING_DAYS") }}, false)
    and ({{ position }}.is_trial or not {{ position }}.auto_renew)
{%- endmacro %}


{# Whether a position renews by itself so soon that the section lists it. #}
{% macro is_renewing(position, days_until_end) -%}
    coalesce({{ days_until_end }} between 0 and {{ setting("PORTFOLIO_RENEWING_DAYS") }}, false)
    and {{ position }}.auto_renew
    and not {{ position }}.is_trial
{%- endmacro %}
