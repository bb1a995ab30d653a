{#
    Whether the marts hold an as-of date as its inputs are now, as SQL: it is in the window, or one of
    PORTFOLIO_STORED_DAYS, which may be empty or unset. A weekly change is compared with no other stored day.
#}
{% macro is_comparable(date) -%}
    {%- set literals = [] -%}
    {%- for day in (env_var("PORTFOLIO_STORED_DAYS", "") if execute else "").split(",") if day | trim -%}
        {%- do literals.append(date_literal(day | trim)) -%}
    {%- endfor -%}
    ({{ in_window(date) }}
    {%- if literals %} or {{ date }} in ({{ literals | join(", ") }}){% endif %})
{%- endmacro %}
