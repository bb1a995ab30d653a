{#
    Incremental strategy `replace_window`: the requested window of a mart becomes exactly the model's result.
    delete+insert by found keys would leave the rows of a day whose result became empty; here an empty result, or
    a blocked day, leaves the day empty. Both statements run in the transaction that dbt opened for the model.
#}
{% macro get_incremental_replace_window_sql(arg_dict) -%}
    {{ return(adapter.dispatch("get_incremental_replace_window_sql")(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_replace_window_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ in_window("as_of_date") }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
    order by as_of_date
{%- endmacro %}


{#
    What dbt would first write to a temporary table is a view here: delete and insert read it once, and the rows are
    written once.
#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language="sql") -%}
    {%- if not (temporary and config.get("incremental_strategy") == "replace_window") -%}
        {{ return(dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, **kwargs)) }}
    {%- endif -%}
    {%- if config.get("contract").enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create or replace temporary view {{ relation.include(database=false, schema=false) }} as (
        {{ compiled_code }}
    )
{%- endmacro %}
