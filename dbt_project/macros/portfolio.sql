{# The products that form licence positions: the dashboard's toggle. #}
{% macro dashboard_products() %}
    {{ return(["meetings", "calling"]) }}
{% endmacro %}


{# Whether a column names one of the dashboard's products, as SQL. #}
{% macro is_dashboard_product(column) -%}
    {{ column }} in ('{{ dashboard_products() | join("', '") }}')
{%- endmacro %}


{# The size band of a number of licences as text: `1-24`, `25-99`, …, `2000+`. #}
{% macro size_band(licenses) -%}
    {%- set edges = setting_list("PORTFOLIO_SIZE_BANDS") -%}
    case
        {%- for edge in edges %}
        when {{ licenses }} < {{ edge }} then '{{ 1 if loop.first else edges[loop.index0 - 1] }}-{{ edge | int - 1 }}'
        {%- endfor %}
        else '{{ edges | last }}+'
    end
{%- endmacro %}
