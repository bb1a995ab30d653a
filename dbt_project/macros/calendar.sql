{# The year, quarter, month or day of a date, a bigint. #}
{% macro date_part(part, date) -%}
    cast(extract({{ part }} from {{ date }}) as bigint)
{%- endmacro %}


{# The day of the year, 1 to 366. Engines name this part of a date differently, and BigQuery knows no `doy`. #}
{% macro day_of_year(date) -%}
    {%- set year = "cast(" ~ date_part("year", date) ~ " as " ~ dbt.type_string() ~ ")" -%}
    ({{ days_between("cast(" ~ year ~ " || '-01-01' as date)", date) }} + 1)
{%- endmacro %}


{# The day of the week, 1 for Monday to 7 for Sunday, of a date after 1999-12-26. #}
{% macro iso_weekday(date) -%}
    cast(mod({{ days_between(date_literal("1999-12-27"), date) }}, 7) + 1 as integer)
{%- endmacro %}


{# Two whole numbers as one text, such as 2026-03; the second with leading zeros up to its digits. #}
{% macro joined_numbers(first, separator, second, digits=2) -%}
    cast({{ first }} as {{ dbt.type_string() }}) || {{ separator }}
    || lpad(cast({{ second }} as {{ dbt.type_string() }}), {{ digits }}, '0')
{%- endmacro %}


{# The name of a number from 1 on. #}
{% macro name_of_number(number, names) -%}
    case {{ number }}
        {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}


{% macro month_names() %}
    {{ return([
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ]) }}
{% endmacro %}


{% macro day_names() %}
    {{ return(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]) }}
{% endmacro %}
