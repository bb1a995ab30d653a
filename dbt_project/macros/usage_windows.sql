{#
    A query that counts, per as-of date, subscription and product, the distinct holders with usage in the
    window of used licences and in the longer one (macros/windows.sql). `usage` and `as_of_dates` are relations or CTEs with the
    columns of stg_license_usage and int_as_of_dates. Rows where nobody was active are left out.
#}
{% macro usage_windows(usage, as_of_dates) -%}
    {{ return(adapter.dispatch("usage_windows")(usage, as_of_dates)) }}
{%- endmacro %}
