{#
    In DuckDB schemas are named exactly as configured: staging, intermediate, marts. A Spark catalog belongs to many: the marts
    are in the schema that the profile names, and the others beside it, as `<schema>_staging` and `<schema>_intermediate`.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.type != "spark" -%}
        {{ custom_schema_name or target.schema }}
    {%- elif custom_schema_name in (none, "marts") -%}
        {{ target.schema }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name }}
    {%- endif -%}
{%- endmacro %}


{% macro get_where_subquery(relation) -%}
    {{ return(in_scope(relation, config.get("where", ""))) }}
{%- endmacro %}


{#
    The rows of a relation that a test looks at: `where: __requested_window_of_as_of_date__` is the window of the run in
    that column. The placeholder is filled in here because a YAML file is rendered while parsing, when the window must not
    be read.
#}
{% macro in_scope(relation, where) -%}
    {%- if where -%}
        {%- set column = where | replace("__requested_window_of_", "") | replace("__", "") -%}
        {%- set where = in_window(column) if where == "__requested_window_of_" ~ column ~ "__" else where -%}
        {{ return("(select * from " ~ relation ~ " where " ~ where ~ ") as in_scope") }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
