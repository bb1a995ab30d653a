{# A SQL date, `days` after an ISO date given as text. #}
{% macro date_literal(iso_date, days=0) -%}
    {%- if execute -%}
        {%- set day = modules.datetime.date.fromisoformat(iso_date) + modules.datetime.timedelta(days=days) -%}
        date '{{ day.isoformat() }}'
    {%- endif -%}
{%- endmacro %}


{# The date `days` after a date; negative goes back. #}
{% macro date_add_days(date, days) -%}
    {{ return(adapter.dispatch("date_add_days")(date, days)) }}
{%- endmacro %}

{# dbt's own macro is translated by each engine's adapter. Some give back a timestamp. #}
{% macro default__date_add_days(date, days) -%}
    cast({{ dbt.dateadd("day", days, date) }} as date)
{%- endmacro %}

{% macro duckdb__date_add_days(date, days) -%}
    ({{ date }} + ({{ days }}))
{%- endmacro %}

{% macro spark__date_add_days(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}


{# The same day so many months after a date, or that month's last day where it has none such. #}
{% macro date_add_months(date, months) -%}
    {{ return(adapter.dispatch("date_add_months")(date, months)) }}
{%- endmacro %}

{% macro default__date_add_months(date, months) -%}
    cast({{ dbt.dateadd("month", months, date) }} as date)
{%- endmacro %}

{% macro duckdb__date_add_months(date, months) -%}
    cast({{ date }} + ({{ months }}) * interval '1 month' as date)
{%- endmacro %}

{% macro spark__date_add_months(date, months) -%}
    add_months({{ date }}, {{ months }})
{%- endmacro %}


{# Days from one date to another, a bigint; negative when the second is earlier. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch("days_between")(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    cast({{ dbt.datediff(first, last, "day") }} as bigint)
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
    cast({{ last }} - {{ first }} as bigint)
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    cast(datediff({{ last }}, {{ first }}) as bigint)
{%- endmacro %}


{# Whole months from one date to another: a month is whole on the day of the month it began on. #}
{% macro whole_months_between(first, last) -%}
    cast(
        (extract(year from {{ last }}) - extract(year from {{ first }})) * 12
        + extract(month from {{ last }}) - extract(month from {{ first }})
        - case when extract(day from {{ last }}) < extract(day from {{ first }}) then 1 else 0 end
        as bigint
    )
{%- endmacro %}


{# A query of all dates from `first` to `last` (date literals), one a row, in the column `day`. #}
{% macro date_spine(first, last) -%}
    {{ return(adapter.dispatch("date_spine")(first, last)) }}
{%- endmacro %}

{# Numbers by cross joins: dbt's own date_spine would ask the engine how many there are while it compiles. #}
{% macro default__date_spine(first, last) -%}
    {%- if execute -%}
    {%- set first_day, last_day = modules.datetime.date.fromisoformat(first.split("'")[1]), modules.datetime.date.fromisoformat(last.split("'")[1]) -%}
    select {{ date_add_days(first, "cast(floor(generated_number) as integer) - 1") }} as day
    from ({{ dbt.generate_series((last_day - first_day).days + 1) }}) as numbers
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__date_spine(first, last) -%}
    select cast(days.day as date) as day
    from generate_series({{ first }}, {{ last }}, interval '1 day') as days (day)
{%- endmacro %}

{% macro spark__date_spine(first, last) -%}
    select explode(sequence({{ first }}, {{ last }})) as day
{%- endmacro %}
