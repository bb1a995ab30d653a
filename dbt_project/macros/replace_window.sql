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
